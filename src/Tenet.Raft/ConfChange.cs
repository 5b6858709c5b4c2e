namespace Tenet.Raft;

/// <summary>A configuration change of one member: the only form that etcd's own log contains.</summary>
/// <param name="Id">The proposer's request id; null leaves the field off the wire, as bootstrap entries do.</param>
/// <param name="Type">What happens.</param>
/// <param name="NodeId">To whom.</param>
/// <param name="Context">The application's bytes.</param>
public sealed record ConfChange(ulong? Id, ConfChangeType Type, ulong NodeId, ReadOnlyMemory<byte> Context)
{
    /// <summary>The same change in the general form, in which it is applied.</summary>
    public ConfChangeV2 ToV2() => new(null, [new ConfChangeSingle(Type, NodeId)], Context);
}
