using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>
/// What a member does for its peers (contract/consensus.md, part 4), without a word of HTTP: messages in, reports of the transport, and
/// answers to questions. Any thread. A refusal is a <see cref="RefusalException"/> with etcd's text.
/// </summary>
public interface IPeerService
{
    /// <summary>This member.</summary>
    ulong MemberId { get; }

    /// <summary>Its cluster.</summary>
    ulong ClusterId { get; }

    /// <summary>The membership as applied here.</summary>
    ClusterView Members { get; }

    /// <summary>This member's own peer URLs, as it advertises them.</summary>
    IReadOnlyList<string> AdvertisedUrls { get; }

    /// <summary>The version of what is stored here, as <c>/version</c> names it; null if that cannot be told.</summary>
    string? StorageVersion { get; }

    /// <summary>A message of another member. Dropped if too many wait, if its sender was removed, or if it is meant for somebody else.</summary>
    /// <returns>Null if it was taken; otherwise why not.</returns>
    string? Receive(Message message);

    /// <summary>A snapshot begins to arrive; its database follows.</summary>
    IncomingSnapshot Receive(InstallSnapshot message);

    /// <summary>A message to this member was dropped, or its connection broke.</summary>
    void ReportUnreachable(ulong memberId);

    /// <summary>
    /// The process of a member has ended: it was connected, and now its address refuses every connection. Silence is no such thing. If
    /// the member led, the others elect another one without waiting for their timeouts (docs/adr/0003). Comes after all that the member sent was
    /// received: it would be taken for a sign of life.
    /// </summary>
    void ReportGone(ulong memberId);

    /// <summary>How the transfer of a snapshot ended.</summary>
    void ReportSnapshot(ulong memberId, bool delivered);

    /// <summary>A peer says that this member was removed from the cluster: it stops for good.</summary>
    void ReportRemoved();

    /// <summary>Whether the cluster is being downgraded, agreed upon with the cluster.</summary>
    ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation);

    /// <summary>The hash over the history up to a revision; 0 is the newest.</summary>
    PeerHash HashKv(long revision);

    /// <summary>Renews a lease, as leader.</summary>
    /// <returns>Its time to live in seconds; 0 if there is no such lease.</returns>
    ValueTask<long> RenewLeaseAsync(long id, CancellationToken cancellation);

    /// <summary>How a lease stands, as leader. Null if there is no such lease.</summary>
    ValueTask<LeaseTimeToLiveResponse?> GetLeaseAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation);

    /// <summary>Gives a learner its vote, as leader.</summary>
    /// <returns>The members afterwards.</returns>
    ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CancellationToken cancellation);
}
