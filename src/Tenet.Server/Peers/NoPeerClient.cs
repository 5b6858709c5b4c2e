using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>Reaches nobody.</summary>
internal sealed class NoPeerClient : IPeerClient
{
    public static NoPeerClient Instance { get; } = new();

    public Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation) => Task.FromException<PeerMembership>(Unreachable(url));

    public Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation) => Task.FromException<PeerVersions>(Unreachable(url));

    public Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation) => Task.FromException<bool>(Unreachable(url));

    public Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation) =>
        Task.FromException<PeerHash>(Unreachable(url));

    public Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation) => Task.FromException<long>(Unreachable(url));

    public Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation) =>
        Task.FromException<LeaseTimeToLiveResponse>(Unreachable(url));

    public Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation) =>
        Task.FromException<IReadOnlyList<ClusterMember>>(Unreachable(url));

    private static PeerRequestException Unreachable(string url) => new($"{url}: this member has no peers");
}
