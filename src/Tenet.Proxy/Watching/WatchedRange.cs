using Google.Protobuf;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Watching;

/// <summary>What watchers must have in common to share a watch: the keys, whether they want the pairs of before, and as whom they watch.</summary>
internal readonly record struct WatchedRange(ByteString Key, ByteString End, bool PrevKv, Caller Caller);
