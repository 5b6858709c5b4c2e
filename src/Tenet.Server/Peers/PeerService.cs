using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>
/// What a member does for its peers (contract/consensus.md, part 4), without a word of HTTP: messages in, reports of the transport, and
/// answers to questions. Any thread. A refusal is a <see cref="RefusalException"/> with etcd's text.
/// </summary>
public sealed class PeerService
{
    private readonly MemberEngine _engine;

    internal PeerService(MemberEngine engine) => _engine = engine;

    /// <summary>This member.</summary>
    public ulong MemberId => _engine.Core.MemberId;

    /// <summary>Its cluster.</summary>
    public ulong ClusterId => _engine.ClusterId;

    /// <summary>The membership as applied here.</summary>
    public ClusterView Members => _engine.Core.Members.Current;

    /// <summary>This member's own peer URLs, as it advertises them.</summary>
    public IReadOnlyList<string> AdvertisedUrls => _engine.Core.Options.AdvertisePeerUrls;

    /// <summary>A message of another member. Dropped if too many wait, if its sender was removed, or if it is meant for somebody else.</summary>
    /// <returns>Null if it was taken; otherwise why not.</returns>
    public string? Receive(Message message) => _engine.Consensus.Messages.TryPost(message) ? null : "too many messages wait";

    /// <summary>A snapshot begins to arrive; its database follows.</summary>
    public IncomingSnapshot Receive(InstallSnapshot message) => throw new NotImplementedException();

    /// <summary>A message to this member was dropped, or its connection broke.</summary>
    public void ReportUnreachable(ulong memberId) => throw new NotImplementedException();

    /// <summary>How the transfer of a snapshot ended.</summary>
    public void ReportSnapshot(ulong memberId, bool delivered) => throw new NotImplementedException();

    /// <summary>A peer says that this member was removed from the cluster: it stops for good.</summary>
    public void ReportRemoved() => throw new NotImplementedException();

    /// <summary>Whether the cluster is being downgraded, agreed upon with the cluster.</summary>
    public ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The hash over the history up to a revision; 0 is the newest.</summary>
    public PeerHash HashKv(long revision) => throw new NotImplementedException();

    /// <summary>Renews a lease, as leader.</summary>
    /// <returns>Its time to live in seconds; 0 if there is no such lease.</returns>
    public ValueTask<long> RenewLeaseAsync(long id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>How a lease stands, as leader. Null if there is no such lease.</summary>
    public ValueTask<LeaseTimeToLiveResponse?> GetLeaseAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Gives a learner its vote, as leader.</summary>
    /// <returns>The members afterwards.</returns>
    public ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CancellationToken cancellation) => throw new NotImplementedException();
}
