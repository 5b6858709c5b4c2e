using System.Buffers.Binary;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Errors;
using Tenet.Server.Loops;
using Tenet.Server.Requests;

namespace Tenet.Server.Reads;

/// <summary>
/// Linearizable reads (contract/consensus.md, 3.6): everybody who asks while a round is under way shares the next one; after its index is
/// applied, each reads on its own thread. A member that leads alone needs no round (<see cref="EngineState.LeadsAlone"/>).
/// </summary>
/// <remarks><see cref="WaitAsync"/> is for any thread; all other members belong to the consensus loop.</remarks>
internal sealed class LinearizableReads(
    MemberOptions options,
    MemberSeams seams,
    EngineState state,
    RequestIdGenerator ids,
    ConsensusInbox consensus,
    Counter slowReadIndexes,
    Counter failedReadIndexes)
{
    /// <summary>A round without an answer is asked again, under a new identifier, after this long.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<ulong> _asked = [];
    private readonly List<ReadRound> _waitingForApply = [];
    private ReadRound _next = new(seams.CompleteOnPool);
    private ReadRound? _current;
    private long _askedAt;

    /// <summary>Completes when a read from the local store is linearizable.</summary>
    /// <exception cref="RefusalException">It cannot be had: timeout, stopped.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public ValueTask WaitAsync(CancellationToken cancellation) => state.LeadsAlone && !state.Stopping ? default : JoinAsync(cancellation);

    /// <summary>Starts a round if somebody waits and none is under way; asks again if one has had no answer for too long.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="ask">Asks Raft for a read index under this context.</param>
    public bool Run(long now, Action<ReadOnlyMemory<byte>> ask)
    {
        if (_current is null)
            return Start(now, ask);
        if (seams.Clock.GetElapsedTime(_current.StartedAt, now) > options.RequestTimeout)
        {
            failedReadIndexes.Increment();
            EndCurrent(EtcdErrors.Timeout);
            return true;
        }

        if (seams.Clock.GetElapsedTime(_askedAt, now) < RetryAfter)
            return false;
        slowReadIndexes.Increment();
        seams.Log.Warn(
            "waiting for ReadIndex response took too long, retrying",
            new("sent-request-id", _asked[^1]),
            new("retry-timeout", RetryAfter));
        Ask(now, ask);
        return true;
    }

    /// <summary>When <see cref="Run"/> has something to do by itself, as a timestamp.</summary>
    public long WakeAt => _current is null ? long.MaxValue : _askedAt + (long)(RetryAfter.TotalSeconds * seams.Clock.TimestampFrequency);

    /// <summary>This member's term has its first committed entry: a leader that could not answer before can now.</summary>
    public void OnFirstCommitInTerm(long now, Action<ReadOnlyMemory<byte>> ask)
    {
        if (_current is not null)
            Ask(now, ask);
    }

    /// <summary>Takes the answer to any question of the round under way; others are too late.</summary>
    public void OnReadState(ulong index, ReadOnlySpan<byte> context)
    {
        if (_current is not { } round || context.Length != sizeof(ulong) || !_asked.Contains(BinaryPrimitives.ReadUInt64BigEndian(context)))
            return;
        round.Index = index;
        _current = null;
        if (index <= state.AppliedIndex)
            round.SetResult(null);
        else
            _waitingForApply.Add(round);
    }

    /// <summary>
    /// A new leader is known: what the old one was asked may never be answered, so the new one is asked at once. (etcd refuses these reads;
    /// asking again is as safe, as any answer to a question of this round was given after the round had begun.)
    /// </summary>
    public void OnLeaderChanged(long now, Action<ReadOnlyMemory<byte>> ask)
    {
        if (_current is not null)
            Ask(now, ask);
    }

    /// <summary>Releases the rounds whose index has been applied.</summary>
    public void OnApplied(ulong appliedIndex)
    {
        for (int i = _waitingForApply.Count - 1; i >= 0; i--)
        {
            if (_waitingForApply[i].Index > appliedIndex)
                continue;
            _waitingForApply[i].SetResult(null);
            _waitingForApply.RemoveAt(i);
        }
    }

    /// <summary>Refuses everybody who waits, now and from now on: the member has set <see cref="EngineState.Stopping"/>.</summary>
    public void Stop()
    {
        ReadRound next;
        lock (_lock)
            next = _next;
        next.TrySetResult(EtcdErrors.Stopped);
        EndCurrent(EtcdErrors.Stopped);
        foreach (ReadRound round in _waitingForApply)
            round.SetResult(EtcdErrors.Stopped);
        _waitingForApply.Clear();
    }

    private async ValueTask JoinAsync(CancellationToken cancellation)
    {
        ReadRound round;
        lock (_lock)
        {
            round = _next;
            round.Wanted = true;
        }

        // Whoever joins after the member has begun to stop may find nobody to complete the round.
        if (state.Stopping)
            throw EtcdErrors.Stopped.ToException();
        consensus.Wake();
        if (await round.Task.WaitAsync(cancellation) is { } refusal)
            throw refusal.ToException();
    }

    private bool Start(long now, Action<ReadOnlyMemory<byte>> ask)
    {
        lock (_lock)
        {
            if (!_next.Wanted)
                return false;
            _current = _next;
            _next = new ReadRound(seams.CompleteOnPool);
        }

        _current.StartedAt = now;
        _asked.Clear();
        Ask(now, ask);
        return true;
    }

    private void Ask(long now, Action<ReadOnlyMemory<byte>> ask)
    {
        ulong id = ids.Next();
        byte[] context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(context, id);
        _asked.Add(id);
        _askedAt = now;
        ask(context);
    }

    private void EndCurrent(EtcdError error)
    {
        _current?.SetResult(error);
        _current = null;
    }
}
