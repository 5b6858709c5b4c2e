using Google.Protobuf.Collections;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Owning;

/// <summary>A write that is under way.</summary>
/// <param name="Own">The owned keys that it may change.</param>
/// <param name="Ranges">The ranges among what it may change.</param>
/// <param name="Guards">What must hold in the servers: that nobody else owns any of its keys.</param>
internal sealed record PendingWrite(IReadOnlyList<OwnedKey> Own, IReadOnlyList<KeyRange> Ranges, RepeatedField<Compare> Guards);
