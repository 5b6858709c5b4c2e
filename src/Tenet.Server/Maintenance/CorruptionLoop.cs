using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Services;
using Tenet.State.Alarms;
using Tenet.State.Mvcc;

namespace Tenet.Server.Maintenance;

/// <summary>
/// As leader, compares the members' histories by their hashes: those that compactions left behind, often and at little cost, and the whole
/// history now and then. A member that differs gets a CORRUPT alarm, after which the cluster refuses writes until an operator has looked.
/// </summary>
/// <remarks>
/// Nobody is accused on one answer: a difference counts only if it is found again at once. Members that do not answer, lag, or have
/// compacted elsewhere are passed over. The thread is its own, as a hash over everything takes as long as reading everything.
/// </remarks>
internal sealed class CorruptionLoop : ITurn
{
    /// <summary>How often one who seems to be ahead of its leader is looked at again before it is accused.</summary>
    private const int AheadLooks = 3;

    private readonly MemberCore _core;
    private readonly PeerHashes _peers;
    private readonly WakeSignal _signal;
    private readonly long _fullInterval;
    private readonly long _compactionInterval;
    private Task? _check;
    private long _nextFullAt;
    private long _nextCompactionAt;
    private long _checkedRevision;

    public CorruptionLoop(MemberCore core, ulong clusterId, WakeSignal signal)
    {
        _core = core;
        _signal = signal;
        _peers = new PeerHashes(core.Options, core.Seams, core.Members, core.MemberId, clusterId);
        _fullInterval = Timestamps(core.Options.CorruptCheckTime);
        _compactionInterval = core.Options.CompactHashCheck ? Timestamps(core.Options.CompactHashCheckTime) : 0;
        long now = core.Clock.GetTimestamp();
        _nextFullAt = After(now, _fullInterval);
        _nextCompactionAt = After(now, _compactionInterval);
    }

    public string Name => "corruption";

    public long WakeAt => _check is null ? Math.Min(_nextFullAt, _nextCompactionAt) : long.MaxValue;

    public bool RunTurn()
    {
        if (_check is { IsCompleted: false })
            return false;
        bool ended = TakeCheck();
        long now = _core.Clock.GetTimestamp();
        if (now >= _nextCompactionAt)
        {
            _nextCompactionAt = After(now, _compactionInterval);
            return Begin(CheckCompactionsAsync);
        }

        if (now < _nextFullAt)
            return ended;
        _nextFullAt = After(now, _fullInterval);
        return Begin(CheckAllAsync);
    }

    /// <summary>Compares the hashes of the newest compaction that all members have finished and that has not been compared yet.</summary>
    internal async Task CheckCompactionsAsync()
    {
        HashKvResult[] hashes = [.. _core.Store.CompactionHashes.Where(hash => hash.Revision > _checkedRevision).OrderByDescending(static hash => hash.Revision)];
        foreach (HashKvResult hash in hashes)
        {
            (HashVerdict verdict, IReadOnlyList<HashAnswer> answers) = await CompareAsync(hash);
            if (verdict.Divergent.Count > 0)
            {
                await AccuseAsync("Detected compaction hash mismatch", verdict, hash);
                return;
            }

            if (verdict.Compared == answers.Count)
            {
                _checkedRevision = hash.Revision;
                _core.Log.Info(
                    "successfully checked hash on whole cluster",
                    new LogField("number-of-peers-checked", verdict.Compared),
                    new LogField("revision", hash.Revision),
                    new LogField("compactRevision", hash.CompactRevision));
                return;
            }

            _core.Log.Warn(
                "skipped revision in compaction hash check; was not able to check all peers",
                new LogField("number-of-peers-checked", verdict.Compared),
                new LogField("number-of-peers", answers.Count),
                new LogField("revision", hash.Revision),
                new LogField("compactRevision", hash.CompactRevision));
        }
    }

    /// <summary>Compares the whole history up to this member's newest revision.</summary>
    internal async Task CheckAllAsync()
    {
        await _core.Reads.WaitAsync(_core.StoppingToken);
        if (Hash(0) is not { } own)
            return;
        (HashVerdict verdict, IReadOnlyList<HashAnswer> answers) = await CompareAsync(own);
        if (verdict.Divergent.Count > 0)
            await AccuseAsync("found hash mismatch", verdict, own);
        else if (Hash(own.Revision) is { } again && again.CompactRevision == own.CompactRevision && again.Hash != own.Hash)
            await AccuseAsync("found hash mismatch", new HashVerdict(0, 0, [_core.MemberId]), own);
        foreach (HashAnswer answer in answers)
        {
            if (await IsAheadAsync(answer))
                await AccuseAsync("revision from follower must be less than or equal to leader's", new HashVerdict(0, 0, [answer.Member.Id]), own);
        }

        _core.Log.Info("finished peer corruption check", new LogField("number-of-peers-checked", answers.Count(static answer => answer.Hash is not null)));
    }

    private bool Begin(Func<Task> check)
    {
        if (!_core.State.IsLeader || _core.Members.Current.Members.Count < 2)
            return true;
        _check = check();
        _check.GetAwaiter().UnsafeOnCompleted(_signal.Set);
        return true;
    }

    private bool TakeCheck()
    {
        if (_check is not { } check)
            return false;
        _check = null;
        switch (check.Exception?.InnerException)
        {
            case null or OperationCanceledException:
                return true;
            case RefusalException or IOException:
                _core.Log.Warn("failed to check hash KV", new LogField("error", check.Exception.InnerException.Message));
                return true;
            default:
                // Damaged data, or this member contradicts itself: it must not go on.
                check.GetAwaiter().GetResult();
                return true;
        }
    }

    /// <summary>A difference is looked at twice.</summary>
    private async Task<(HashVerdict Verdict, IReadOnlyList<HashAnswer> Answers)> CompareAsync(HashKvResult own)
    {
        IReadOnlyList<HashAnswer> answers = await _peers.AskAsync(own.Revision, _core.StoppingToken);
        HashVerdict verdict = HashVerdict.Of(_core.MemberId, own, answers);
        if (verdict.Divergent.Count == 0)
            return (verdict, answers);
        answers = await _peers.AskAsync(own.Revision, _core.StoppingToken);
        return (HashVerdict.Of(_core.MemberId, own, answers), answers);
    }

    private HashKvResult? Hash(long revision)
    {
        Outcome<HashKvResult> outcome = _core.Store.HashKv(revision);
        return outcome.IsRefused ? null : outcome.Response;
    }

    /// <summary>
    /// Whether a follower holds revisions, or a compaction, that the cluster has not agreed on. What it holds was committed when it answered,
    /// so a leader that has applied everything committed since then has it too.
    /// </summary>
    private async Task<bool> IsAheadAsync(HashAnswer answer)
    {
        if (answer.Hash is not { } hash)
            return false;
        for (int look = 0; look < AheadLooks; look++)
        {
            if (hash.Revision <= _core.Store.CurrentRevision && hash.CompactRevision <= _core.Store.CompactRevision)
                return false;
            await Task.Delay(_core.Options.ElectionTimeout, _core.Clock, _core.StoppingToken);
            await _core.Reads.WaitAsync(_core.StoppingToken);
            await _core.WaitAppliedAsync(_core.StoppingToken);
        }

        return _core.State.IsLeader && (hash.Revision > _core.Store.CurrentRevision || hash.CompactRevision > _core.Store.CompactRevision);
    }

    private async Task AccuseAsync(string line, HashVerdict verdict, HashKvResult own)
    {
        foreach (ulong id in verdict.Divergent)
        {
            _core.Log.Error(
                line,
                new LogField("leader-id", _core.MemberId.ToString("x", CultureInfo.InvariantCulture)),
                new LogField("leader-revision", own.Revision),
                new LogField("leader-compact-revision", own.CompactRevision),
                new LogField("leader-hash", own.Hash),
                new LogField("peer-ids", id.ToString("x", CultureInfo.InvariantCulture)),
                new LogField("quorum-exist", id != 0));
            if (_core.Alarms.All.Contains(new Alarm(id, AlarmType.Corrupt)))
                continue;
            var alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = id, Alarm = AlarmType.Corrupt };
            await _core.ReplicateAsync("Alarm", new InternalRaftRequest { Alarm = alarm }, null);
        }
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * _core.Clock.TimestampFrequency);

    private static long After(long now, long interval) => interval <= 0 ? long.MaxValue : now + interval;
}
