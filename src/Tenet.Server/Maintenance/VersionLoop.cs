using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.Server.Loops;
using Tenet.Server.Requests;
using Tenet.State.Members;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Tells the cluster this member's name and client URLs, and as leader decides the cluster version (contract/consensus.md, 6.7 and 7).
/// </summary>
/// <remarks>
/// A cluster begins at <see cref="FirstClusterVersion"/>, the oldest that this version may share a cluster with, and a decided version
/// stays as it is. Every entry and every record that a newer cluster version would allow could stop such an older member, also one that is
/// given this member's data directory; nothing that this version does needs a newer one.
/// </remarks>
internal sealed class VersionLoop : ITurn
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    /// <summary>From here on a backend says which schema it has.</summary>
    private static readonly Version MarkedFrom = new(3, 6, 0);

    private readonly MemberOptions _options;
    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly MemberStore _members;
    private readonly StorageVersions _storage;
    private readonly RequestPath _requests;
    private readonly ApplyInbox _apply;
    private readonly WakeSignal _signal;
    private readonly ulong _memberId;
    private readonly ulong _clusterId;
    private readonly long _interval;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<RequestResult>? _publishing;
    private Task<RequestResult>? _deciding;
    private bool _published;
    private bool _storageVersionSet;
    private int _due;
    private long _publishAgainAt = long.MinValue;
    private long _nextAt;

    public VersionLoop(
        MemberOptions options,
        MemberSeams seams,
        EngineState state,
        MemberStore members,
        StorageVersions storage,
        RequestPath requests,
        ApplyInbox apply,
        WakeSignal signal,
        ulong memberId,
        ulong clusterId)
    {
        _options = options;
        _seams = seams;
        _state = state;
        _members = members;
        _storage = storage;
        _requests = requests;
        _apply = apply;
        _signal = signal;
        _memberId = memberId;
        _clusterId = clusterId;
        _interval = (long)(Interval.TotalSeconds * seams.Clock.TimestampFrequency);
        _nextAt = seams.Clock.GetTimestamp();
    }

    /// <summary>The version that a new cluster begins with.</summary>
    public static Version FirstClusterVersion { get; } = new(3, 5, 0);

    public string Name => "versions";

    public long WakeAt => _nextAt;

    /// <summary>Completes when the member is known to its cluster and the cluster knows its version.</summary>
    public Task Ready => _ready.Task;

    /// <summary>There may be something to do now: a term has begun, a version was set.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref _due, 1);
        _signal.Set();
    }

    public bool RunTurn()
    {
        bool worked = TakeResults();
        long now = _seams.Clock.GetTimestamp();
        if (Interlocked.Exchange(ref _due, 0) == 0 && now < _nextAt && !worked)
            return false;
        _nextAt = now < _publishAgainAt ? _publishAgainAt : now + _interval;
        if (!_published && _publishing is null && now >= _publishAgainAt && _state.Lead != 0 && _members.Current.Find(_memberId) is not null)
            _publishing = Submit(Attributes());
        if (_state.IsLeader && _deciding is null && _members.Current.ClusterVersion is null)
            Decide();
        UpdateStorageVersion();
        if (_published && _members.Current.ClusterVersion is not null)
            _ready.TrySetResult();
        return true;
    }

    private bool TakeResults()
    {
        bool worked = false;
        if (_publishing is { IsCompleted: true } publishing)
        {
            _publishing = null;
            worked = true;
            OnPublished(publishing.GetAwaiter().GetResult());
        }

        if (_deciding is { IsCompleted: true } deciding)
        {
            _deciding = null;
            worked = true;
            if (deciding.GetAwaiter().GetResult().Error is null)
                _seams.Log.Info("cluster version is updated", new LogField("cluster-version", FirstClusterVersion.ToString(2)));
        }

        return worked;
    }

    private InternalRaftRequest Attributes() => new()
    {
        ClusterMemberAttrSet = new ClusterMemberAttrSetRequest
        {
            MemberID = _memberId,
            MemberAttributes = new Attributes { Name = _options.Name, ClientUrls = { _options.AdvertiseClientUrls } },
        },
    };

    private void OnPublished(RequestResult result)
    {
        if (result.Error is { } error)
        {
            _publishAgainAt = _seams.Clock.GetTimestamp() + _seams.Clock.TimestampFrequency;
            _nextAt = _publishAgainAt;
            _seams.Log.Warn(
                "failed to publish local member to cluster through raft",
                new LogField("local-member-id", Hex(_memberId)),
                new LogField("local-member-attributes", AttributesText()),
                new LogField("publish-timeout", _options.RequestTimeout),
                new LogField("error", error.Message));
            return;
        }

        _published = true;
        _seams.Log.Info(
            "published local member to cluster through raft",
            new LogField("local-member-id", Hex(_memberId)),
            new LogField("local-member-attributes", AttributesText()),
            new LogField("cluster-id", Hex(_clusterId)),
            new LogField("publish-timeout", _options.RequestTimeout));
    }

    private string AttributesText() => $"{{Name:{_options.Name} ClientURLs:[{string.Join(' ', _options.AdvertiseClientUrls)}]}}";

    private void Decide()
    {
        _seams.Log.Info("setting up initial cluster version using v3 API", new LogField("cluster-version", FirstClusterVersion.ToString(2)));
        _deciding = Submit(new InternalRaftRequest { ClusterVersionSet = new ClusterVersionSetRequest { Ver = FirstClusterVersion.ToString(3) } });
    }

    /// <summary>A backend follows its cluster's version up; what it says of itself is written outside of any entry.</summary>
    private void UpdateStorageVersion()
    {
        if (_storageVersionSet || _members.Current.ClusterVersion is not { } cluster || cluster < MarkedFrom)
            return;
        _storageVersionSet = true;
        if (_storage.Detect() is not { } detected || detected >= cluster)
            return;
        _apply.StorageVersions.TryPost(cluster.ToString(3));
        _seams.Log.Info("updated storage version", new LogField("new-storage-version", cluster.ToString(3)));
    }

    /// <summary>Proposes a request; its result wakes this loop.</summary>
    private Task<RequestResult> Submit(InternalRaftRequest request)
    {
        Task<RequestResult> task = _requests.SubmitAsync(request, null).AsTask();
        task.GetAwaiter().UnsafeOnCompleted(Wake);
        return task;
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
