using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>
/// Questions to one member at one of its peer URLs (contract/consensus.md, 4.8 and 4.9). A refusal that etcd's own clients know comes as
/// <see cref="RefusalException"/>; no answer, or one that cannot be used, as <see cref="PeerRequestException"/>; the caller's patience is
/// the token's.
/// </summary>
public interface IPeerClient
{
    /// <summary>Who is in the cluster of the member there, and which cluster that is.</summary>
    Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation);

    /// <summary>Which versions the member there speaks.</summary>
    Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation);

    /// <summary>Whether the cluster is being downgraded.</summary>
    Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation);

    /// <summary>The hash over the history up to a revision; 0 is the newest. Refused if that is compacted or in the future.</summary>
    Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation);

    /// <summary>Renews a lease at the leader.</summary>
    /// <returns>Its time to live in seconds. Refused (lease not found, not a primary lessor, time-out) as the leader refuses.</returns>
    Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation);

    /// <summary>How a lease stands at the leader.</summary>
    Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation);

    /// <summary>Asks the leader to give a learner its vote.</summary>
    /// <param name="url">The leader's peer URL.</param>
    /// <param name="id">The learner.</param>
    /// <param name="token">The caller's auth token, if any.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The members afterwards.</returns>
    Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation);
}
