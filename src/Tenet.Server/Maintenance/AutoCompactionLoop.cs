using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Requests;
using Tenet.State.Mvcc;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Compacts history without being asked, with etcd's timing. <em>Periodic</em>: the revision is noted ten times per period (per hour, if
/// that is shorter); once a period has passed, the oldest note is compacted, again after each period (at most an hour), and a failure is
/// tried again at the next note. <em>Revision</em>: every five minutes all but the newest revisions go. Only the leader compacts; the others
/// take notes, so that a new leader goes on at once. The time to the next note counts from the end of a compaction: counted from its
/// beginning, the tenth note would come just before the period is over, and every period would last eleven.
/// </summary>
internal sealed class AutoCompactionLoop : ITurn
{
    private const int NotesPerPeriod = 10;

    private static readonly TimeSpan PeriodMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan RevisionInterval = TimeSpan.FromMinutes(5);

    private readonly MemberOptions _options;
    private readonly MemberSeams _seams;
    private readonly EngineState _state;
    private readonly MvccStore _store;
    private readonly RequestPath _requests;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _period;
    private readonly int _notesMax;
    private readonly Queue<long> _notes = new();
    private TimeSpan _nextAt;
    private TimeSpan _lastSuccess;
    private TimeSpan _wait;
    private long _lastRevision;
    private Running? _running;

    public AutoCompactionLoop(MemberOptions options, MemberSeams seams, EngineState state, MvccStore store, RequestPath requests)
    {
        _options = options;
        _seams = seams;
        _state = state;
        _store = store;
        _requests = requests;
        bool periodic = options.AutoCompaction == AutoCompactionMode.Periodic;
        _period = options.AutoCompactionPeriod < PeriodMax ? options.AutoCompactionPeriod : PeriodMax;
        _interval = periodic ? _period / NotesPerPeriod : RevisionInterval;
        _notesMax = periodic ? (int)(options.AutoCompactionPeriod / _interval) + 1 : 0;
        _lastSuccess = Now;
        _wait = options.AutoCompactionPeriod;
        Rest();
    }

    public string Name => "auto compaction";

    public long WakeAt
    {
        get
        {
            if (_options.AutoCompaction == AutoCompactionMode.Off)
                return long.MaxValue;

            // A compaction under way is looked after now and then; nothing wakes this loop for it.
            if (_running is not null)
                return _seams.Clock.GetTimestamp() + _seams.Clock.TimestampFrequency / 10;
            return (long)(_nextAt.TotalSeconds * _seams.Clock.TimestampFrequency) + 1;
        }
    }

    private TimeSpan Now => _seams.Clock.GetElapsedTime(0);

    public bool RunTurn()
    {
        if (_options.AutoCompaction == AutoCompactionMode.Off)
            return false;
        bool worked = TakeResult();
        TimeSpan now = Now;
        if (_running is not null || now < _nextAt)
            return worked;
        if (_options.AutoCompaction == AutoCompactionMode.Revision)
            RunRevision();
        else
            RunPeriodic(now);
        if (_running is null)
            Rest();
        return true;
    }

    private void RunRevision()
    {
        long revision = _store.CurrentRevision - _options.AutoCompactionRevisions;
        if (_state.IsLeader && revision > 0 && revision != _lastRevision)
            Start(revision, "revision", new LogField("revision-compaction-retention", _options.AutoCompactionRevisions));
    }

    private void RunPeriodic(TimeSpan now)
    {
        if (_state.IsLeader && now - _lastSuccess >= _wait && _notes.Peek() != _lastRevision)
        {
            _wait = _period;
            Start(_notes.Peek(), "periodic", new LogField("compact-period", _options.AutoCompactionPeriod));
        }
    }

    /// <summary>Takes a note, where notes are taken, and waits until it is time to look again.</summary>
    private void Rest()
    {
        _nextAt = Now + _interval;
        if (_notesMax == 0)
            return;
        _notes.Enqueue(_store.CurrentRevision);
        if (_notes.Count > _notesMax)
            _notes.Dequeue();
    }

    private void Start(long revision, string mode, LogField retention)
    {
        _seams.Log.Info($"starting auto {mode} compaction", new LogField("revision", revision), retention);
        var request = new InternalRaftRequest { Compaction = new CompactionRequest { Revision = revision } };
        _running = new Running(revision, mode, retention, Now, _requests.SubmitAsync(request, null).AsTask());
    }

    private bool TakeResult()
    {
        if (_running is not { Task.IsCompletedSuccessfully: true } running)
            return false;
        _running = null;
        EtcdError? error = running.Task.GetAwaiter().GetResult().Error;
        if (error is null || error == EtcdErrors.Compacted)
        {
            _lastRevision = running.Revision;
            _lastSuccess = Now;
            _seams.Log.Info(
                $"completed auto {running.Mode} compaction",
                new LogField("revision", running.Revision),
                running.Retention,
                new LogField("took", Now - running.StartedAt));
        }
        else
        {
            _seams.Log.Warn(
                $"failed auto {running.Mode} compaction",
                new LogField("revision", running.Revision),
                running.Retention,
                new LogField("retry-interval", _interval),
                new LogField("error", error.Message));
        }

        Rest();
        return true;
    }

    private sealed record Running(long Revision, string Mode, LogField Retention, TimeSpan StartedAt, Task<RequestResult> Task);
}
