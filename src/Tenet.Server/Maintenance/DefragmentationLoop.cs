using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Defragments the backend's file while the member serves: one step of copying at a time, with a rest after each that is twice as long as the step, so
/// that the disk and a processor are free most of the time, and grows while the log's syncs are slow beside it; then the switch (see
/// <see cref="BackendDefragmentation"/>).
/// </summary>
/// <remarks>
/// It begins when no compaction has work to do, and compactions wait for its end. It rests while a database goes to a follower, who needs it more. A
/// leader's snapshot that is put in the file's place ends the copy, and it begins anew from the new file. Callers that ask before it begins
/// share it. Once begun it goes on to its end though they leave, as etcd's does: tools give up after seconds, and what was done for them must not be lost.
/// </remarks>
internal sealed class DefragmentationLoop(MemberSeams seams, MvccStore store, Backend backend, WakeSignal signal, MemberMetrics metrics) : ITurn
{
    /// <summary>Bytes in one step: what a sync of the log may have to wait for.</summary>
    private const long StepBytes = 256 << 10;

    /// <summary>The longest rest between two steps: it must end some day, also on a disk that is slow by itself.</summary>
    private static readonly TimeSpan RestMax = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two looks whether what is in the way has ended.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly Mailbox<DefragmentationDemand> _inbox = new(signal);
    private readonly List<DefragmentationDemand> _demands = [];
    private readonly long _lookAgain = (long)(LookAgain.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly long _restMax = (long)(RestMax.TotalSeconds * seams.Clock.TimestampFrequency);
    private BackendDefragmentation? _current;
    private int _served;
    private long _nextAt = long.MinValue;
    private long _rest;
    private long _startedAt;
    private long _sizeBefore;
    private long _inUseBefore;

    public string Name => "defragmentation";

    public long WakeAt => _demands.Count > 0 || _current is not null ? _nextAt : long.MaxValue;

    /// <summary>Asks for a defragmentation that begins after this call.</summary>
    public DefragmentationDemand Demand()
    {
        var demand = new DefragmentationDemand(seams.CompleteOnPool, signal);
        _inbox.TryPost(demand);
        return demand;
    }

    public bool RunTurn()
    {
        _demands.AddRange(_inbox.TakeAll());
        DropGone();
        if (_demands.Count == 0 && _current is null)
            return false;
        long now = seams.Clock.GetTimestamp();
        if (now < _nextAt)
            return false;
        bool slows = metrics.LogSyncs.TakeSlow() && _current is not null;
        try
        {
            if (_current is null ? !TryBegin() : !TryContinue(_current))
            {
                _nextAt = now + _lookAgain;
                return false;
            }
        }
        catch (IOException failure)
        {
            // The old file serves on, so the member does too; the callers are told. If it does not, the next commit says so.
            End(failure);
            return true;
        }

        long ended = seams.Clock.GetTimestamp();
        _rest = RestAfter(ended - now, slows);
        _nextAt = ended + _rest;
        return true;
    }

    /// <summary>Doubled while the log suffers, and less by a quarter each time when it does not: as senders share a line, but with a disk.</summary>
    private long RestAfter(long step, bool slows) =>
        Math.Max(2 * step, slows ? Math.Min(2 * Math.Max(_rest, step), _restMax) : _rest - _rest / 4);

    private void DropGone()
    {
        for (int i = _demands.Count - 1; i >= 0; i--)
        {
            if (!_demands[i].IsGone)
                continue;
            _demands.RemoveAt(i);
            if (i < _served)
                _served--;
        }
    }

    private bool TryBegin()
    {
        if (backend.SendsUnderWay > 0)
            return false;
        _startedAt = seams.Clock.GetTimestamp();
        _sizeBefore = backend.Size;
        _inUseBefore = backend.SizeInUse;
        _served = _demands.Count;
        _current = store.TryBeginDefragmentation();
        if (_current is null)
            return false;
        metrics.DefragInFlight.Set(1);
        seams.Log.Info(
            "defragmenting",
            new LogField("path", backend.Path),
            new LogField("current-db-size-bytes", _sizeBefore),
            new LogField("current-db-size", ByteCounts.Format(_sizeBefore)),
            new LogField("current-db-size-in-use-bytes", _inUseBefore),
            new LogField("current-db-size-in-use", ByteCounts.Format(_inUseBefore)));
        return true;
    }

    private bool TryContinue(BackendDefragmentation current)
    {
        if (backend.SendsUnderWay > 0)
            return false;
        if (!current.IsObsolete && current.Step(seams.DefragmentStepRecords, StepBytes))
            return true;
        long pausedAt = seams.Clock.GetTimestamp();
        if (!current.Switch())
        {
            Drop();
            return true;
        }

        TimeSpan pause = seams.Clock.GetElapsedTime(pausedAt);
        LogEnd(pause);
        End(null);
        return true;
    }

    private void LogEnd(TimeSpan pause)
    {
        TimeSpan took = seams.Clock.GetElapsedTime(_startedAt);
        metrics.BackendDefrag.Observe(took.TotalSeconds);
        seams.Log.Info(
            "finished defragmenting directory",
            new LogField("path", backend.Path),
            new LogField("current-db-size-bytes-diff", backend.Size - _sizeBefore),
            new LogField("current-db-size-bytes", backend.Size),
            new LogField("current-db-size", ByteCounts.Format(backend.Size)),
            new LogField("current-db-size-in-use-bytes-diff", backend.SizeInUse - _inUseBefore),
            new LogField("current-db-size-in-use-bytes", backend.SizeInUse),
            new LogField("current-db-size-in-use", ByteCounts.Format(backend.SizeInUse)),
            new LogField("commits-paused", pause),
            new LogField("took", took));
    }

    private void End(IOException? failure)
    {
        Drop();
        foreach (DefragmentationDemand demand in _demands[.._served])
            demand.End(failure);
        _demands.RemoveRange(0, _served);
        _served = 0;
    }

    private void Drop()
    {
        // Whatever it lets go of takes its time here, where nobody waits for it.
        _current?.Dispose();
        _current = null;
        metrics.DefragInFlight.Set(0);
    }
}
