using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.Server.Requests;
using Tenet.State.Leases;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Ends leases that have run out, by ordinary revocations through the log, at a bounded rate (contract/api.md, 2.4). Only the leader's
/// lessor counts time, so elsewhere there is nothing to do.
/// </summary>
internal sealed class LeaseLoop(MemberSeams seams, EngineState state, Lessor lessor, RequestPath requests, MemberMetrics metrics) : ITurn
{
    /// <summary>Leases handed out in one turn: half of what may expire in one second.</summary>
    private const int ExpiredPerTurn = 500;

    /// <summary>Revocations under way at once.</summary>
    private const int RevocationsMax = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly long _interval = (long)(Interval.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly Queue<(long Id, ulong Term)> _expired = new();
    private readonly List<Task<RequestResult>> _revocations = [];
    private long _nextAt = seams.Clock.GetTimestamp();

    public string Name => "leases";

    public long WakeAt => _expired.Count > 0 ? seams.Clock.GetTimestamp() + _interval / 100 : _nextAt;

    public bool RunTurn()
    {
        bool worked = Revoke();
        long now = seams.Clock.GetTimestamp();
        if (now < _nextAt)
            return worked;
        _nextAt = now + _interval;
        if (!state.IsLeader)
        {
            _expired.Clear();
            return worked;
        }

        // Before the leases are looked at: the lessor counts for this term or a later one, never for an earlier one.
        ulong term = state.Term;
        TimeSpan time = seams.Clock.GetElapsedTime(0, now);
        foreach (long id in lessor.ExpiredUpTo(time, ExpiredPerTurn))
        {
            metrics.LeaseExpired.Increment();
            _expired.Enqueue((id, term));
        }

        IReadOnlyList<LeaseCheckpoint> checkpoints = lessor.DueCheckpoints(time);
        if (checkpoints.Count > 0)
            requests.TrySubmit(new InternalRaftRequest { LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { checkpoints } } }, null, out _, leaderTerm: term);
        return Revoke() || worked;
    }

    private bool Revoke()
    {
        _revocations.RemoveAll(static revocation => revocation.IsCompleted);
        bool worked = false;
        while (_revocations.Count < RevocationsMax && _expired.TryDequeue(out (long Id, ulong Term) expired))
        {
            // One that fails is handed out again later. A leader that was deposed meanwhile revokes nothing: its successor may have renewed it.
            var revoke = new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = expired.Id } };
            if (requests.TrySubmit(revoke, null, out _, leaderTerm: expired.Term) is { } pending)
                _revocations.Add(pending.Task.AsTask());
            worked = true;
        }

        return worked;
    }
}
