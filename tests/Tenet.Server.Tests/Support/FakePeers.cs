using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Members;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Tests.Support;

/// <summary>Other members as a test imagines them: messages vanish, questions are answered as the test says, connections stand as it says.</summary>
internal sealed class FakePeers : IPeerTransport, IPeerClient
{
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    public Dictionary<string, PeerMembership> MembersAt { get; } = [];

    public Dictionary<string, PeerVersions> VersionsAt { get; } = [];

    public Dictionary<string, bool> DowngradeAt { get; } = [];

    public Dictionary<string, Func<long, PeerHash>> HashesAt { get; } = [];

    public Dictionary<ulong, long> Connected { get; } = [];

    public IReadOnlyList<ClusterMember> Remotes { get; private set; } = [];

    public Func<string, long, long>? Renew { get; set; }

    public Func<string, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>? LookUp { get; set; }

    public Func<string, ulong, IReadOnlyList<ClusterMember>>? Promote { get; set; }

    /// <summary>What was asked, in order, as "question url".</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
                return [.. _asked];
        }
    }

    public IPeerClient Client => this;

    public void Start(IPeerService local)
    {
        // Nobody will ask.
    }

    public void Update(ClusterView members)
    {
        // The connections are what the test says.
    }

    public void AddRemotes(IReadOnlyList<ClusterMember> members) => Remotes = members;

    public void Send(IReadOnlyList<Message> messages)
    {
        // They vanish.
    }

    public void Send(OutgoingSnapshot snapshot) => snapshot.Dispose();

    public long? ConnectedSince(ulong memberId) => Connected.TryGetValue(memberId, out long since) ? since : null;

    public void Stop()
    {
        // Nothing runs.
    }

    public Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation) => Answer("members", url, () => MembersAt[url], MembersAt.ContainsKey(url));

    public Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation) => Answer("version", url, () => VersionsAt[url], VersionsAt.ContainsKey(url));

    public Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation) =>
        Answer("downgrade", url, () => DowngradeAt[url], DowngradeAt.ContainsKey(url));

    public Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation) =>
        Answer("hashkv", url, () => HashesAt[url](revision), HashesAt.ContainsKey(url));

    public Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation) => Answer("renew", url, () => Renew!(url, id), Renew is not null);

    public Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation) =>
        Answer("lease", url, () => LookUp!(url, request), LookUp is not null);

    public Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation) =>
        Answer("promote", url, () => Promote!(url, id), Promote is not null);

    private Task<T> Answer<T>(string question, string url, Func<T> answer, bool known)
    {
        lock (_lock)
            _asked.Add($"{question} {url}");
        if (!known)
            return Task.FromException<T>(new PeerRequestException($"{url}: connection refused"));
        try
        {
            return Task.FromResult(answer());
        }
        catch (RefusalException refusal)
        {
            return Task.FromException<T>(refusal);
        }
    }
}
