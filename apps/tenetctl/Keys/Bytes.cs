using Google.Protobuf;
using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>Keys and values from arguments.</summary>
internal static class Bytes
{
    public static ByteString Of(string text) => UnsafeByteOperations.UnsafeWrap(RawText.Encode(text));
}
