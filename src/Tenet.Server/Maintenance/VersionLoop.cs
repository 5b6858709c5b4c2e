using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.Server.Loops;
using Tenet.Server.Requests;
using Tenet.State.Members;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Tells the cluster this member's name and client URLs, and as leader decides the cluster version and ends downgrades that are complete
/// (contract/consensus.md, 6.7 and 7). What it decides is in <see cref="ClusterVersions"/>.
/// </summary>
internal sealed class VersionLoop : ITurn
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private readonly MemberOptions _options;
    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly MemberStore _members;
    private readonly StorageMigration _storage;
    private readonly VersionSurvey _survey;
    private readonly RequestPath _requests;
    private readonly WakeSignal _signal;
    private readonly ulong _memberId;
    private readonly ulong _clusterId;
    private readonly CancellationToken _stopping;
    private readonly long _interval;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<RequestResult>? _publishing;
    private Task<RequestResult>? _deciding;
    private Version? _decided;
    private Task<IReadOnlyList<Version>?>? _asking;
    private bool _published;
    private int _woken;
    private int _surveyDue;
    private long _publishAgainAt = long.MinValue;
    private long _nextAt;
    private long _nextDowngradeCheckAt;

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
        ulong clusterId,
        CancellationToken stopping)
    {
        _options = options;
        _seams = seams;
        _state = state;
        _members = members;
        _storage = new StorageMigration(options, seams, members, storage, apply);
        _survey = new VersionSurvey(options, seams, members, memberId);
        _requests = requests;
        _signal = signal;
        _memberId = memberId;
        _clusterId = clusterId;
        _stopping = stopping;
        _interval = Timestamps(Interval);
        _nextAt = seams.Clock.GetTimestamp();
    }

    public string Name => "versions";

    public long WakeAt => !_published && _publishing is null && _publishAgainAt < _nextAt && _publishAgainAt != long.MinValue ? _publishAgainAt : _nextAt;

    /// <summary>Completes when the member is known to its cluster and the cluster knows its version.</summary>
    public Task Ready => _ready.Task;

    /// <summary>There may be something to do now: a term has begun, a version was set.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref _surveyDue, 1);
        WakeOnly();
    }

    public bool RunTurn()
    {
        bool worked = TakeResults();
        long now = _seams.Clock.GetTimestamp();
        bool due = now >= _nextAt;
        if (Interlocked.Exchange(ref _woken, 0) == 0 && !due && !worked && now < WakeAt)
            return false;
        bool surveyDue = Interlocked.Exchange(ref _surveyDue, 0) == 1 || due;
        if (due)
            _nextAt = now + _interval;
        Publish(now);
        if (surveyDue)
            Ask();
        if (surveyDue)
            _storage.Look();
        if (_published && _members.Current.ClusterVersion is not null)
            _ready.TrySetResult();
        return true;
    }

    private void WakeOnly()
    {
        Interlocked.Exchange(ref _woken, 1);
        _signal.Set();
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

        if (_asking is { IsCompleted: true } asking)
        {
            _asking = null;
            worked = true;
            if (asking.IsCompletedSuccessfully)
                OnAnswered(asking.GetAwaiter().GetResult());
        }

        if (_deciding is { IsCompleted: true } deciding)
        {
            _deciding = null;
            worked = true;
            if (deciding.GetAwaiter().GetResult().Error is { } error)
                _seams.Log.Warn("failed to update cluster version", new LogField("error", error.Message));
            else if (_decided is { } version)
                _seams.Log.Info("cluster version is updated", new LogField("cluster-version", version.ToString(2)));
            _decided = null;
        }

        return worked;
    }

    /// <summary>Repeated until it has succeeded: clients of the other members learn of this one by it.</summary>
    private void Publish(long now)
    {
        if (_published || _publishing is not null || now < _publishAgainAt || _state.Lead == 0 || _members.Current.Find(_memberId) is null)
            return;
        _publishing = Submit(new InternalRaftRequest
        {
            ClusterMemberAttrSet = new ClusterMemberAttrSetRequest
            {
                MemberID = _memberId,
                MemberAttributes = new Attributes { Name = _options.Name, ClientUrls = { _options.AdvertiseClientUrls } },
            },
        });
    }

    private void OnPublished(RequestResult result)
    {
        if (result.Error is { } error)
        {
            _publishAgainAt = _seams.Clock.GetTimestamp() + _seams.Clock.TimestampFrequency;
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

    /// <summary>Asks the members for their versions if the answers could change anything.</summary>
    private void Ask()
    {
        if (!_state.IsLeader || _asking is not null || _deciding is not null || !ClusterVersions.MayChange(_members.Current))
            return;
        _asking = _survey.AskAsync(_stopping);
        _asking.GetAwaiter().UnsafeOnCompleted(WakeOnly);
    }

    private void OnAnswered(IReadOnlyList<Version>? versions)
    {
        ClusterView cluster = _members.Current;
        if (!_state.IsLeader || _deciding is not null)
            return;
        if (ClusterVersions.Decide(cluster, versions?.Min()) is { } decided)
            Decide(cluster.ClusterVersion, decided);
        else if (versions is not null && cluster.Downgrade.Enabled)
            EndDowngrade(cluster.Downgrade, versions);
    }

    private void Decide(Version? inForce, Version decided)
    {
        if (inForce is null)
        {
            _seams.Log.Info("setting up initial cluster version using v3 API", new LogField("cluster-version", decided.ToString(2)));
        }
        else
        {
            _seams.Log.Info(
                "updating cluster version using v3 API",
                new LogField("from", inForce.ToString(2)),
                new LogField("to", decided.ToString(2)));
        }

        _decided = decided;
        _deciding = Submit(new InternalRaftRequest { ClusterVersionSet = new ClusterVersionSetRequest { Ver = decided.ToString(3) } });
    }

    /// <summary>A downgrade is over when every member's server has the target version.</summary>
    private void EndDowngrade(DowngradeInfo downgrade, IReadOnlyList<Version> versions)
    {
        long now = _seams.Clock.GetTimestamp();
        if (_options.DowngradeCheckTime <= TimeSpan.Zero || now < _nextDowngradeCheckAt)
            return;
        _nextDowngradeCheckAt = now + Timestamps(_options.DowngradeCheckTime);
        Version? target = ClusterVersions.Parse(downgrade.TargetVersion);
        if (versions.Any(version => ClusterVersions.Minor(version) != target))
            return;
        _seams.Log.Info("the cluster has been downgraded", new LogField("cluster-version", downgrade.TargetVersion));
        _deciding = Submit(new InternalRaftRequest { DowngradeInfoSet = new DowngradeInfoSetRequest { Enabled = false } });
    }

    /// <summary>Proposes a request; its result wakes this loop.</summary>
    private Task<RequestResult> Submit(InternalRaftRequest request)
    {
        Task<RequestResult> task = _requests.SubmitAsync(request, null).AsTask();
        task.GetAwaiter().UnsafeOnCompleted(WakeOnly);
        return task;
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * _seams.Clock.TimestampFrequency);

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
