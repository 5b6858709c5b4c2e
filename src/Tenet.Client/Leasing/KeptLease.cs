using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;
using Tenet.Client.Observability;

namespace Tenet.Client;

/// <summary>
/// A lease that the client keeps alive. <see cref="Lost"/> fires before the lease can have ended on the server, whatever happens to the connection:
/// the time counts from the moment at which the last renewal that was answered had been sent. (The clock meant is the monotonic one: a machine that
/// sleeps does not notice in time. What must not happen twice is guarded by a revision, such as <see cref="HeldLock.FencingRevision"/>.)
/// </summary>
public sealed class KeptLease : IAsyncDisposable
{
    private const long NothingSent = -1;

    private readonly KeepAliveLoop _loop;
    private readonly Leases _leases;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _lost = new();
    private readonly Timer _alarm;
    private readonly Lock _lock = new();
    private long _deadline;
    private long _sentAt = NothingSent;
    private int _ended;

    internal KeptLease(long id, TimeSpan timeToLive, long askedAt, KeepAliveLoop loop, Leases leases, ILogger log)
    {
        (Id, TimeToLive, _loop, _leases, _log) = (id, timeToLive, loop, leases, log);
        Lost = _lost.Token;
        _alarm = new Timer(static lease => ((KeptLease)lease!).LookAtTheClock(), this, Timeout.Infinite, Timeout.Infinite);
        Renew(askedAt, timeToLive);
    }

    /// <summary>The lease's id.</summary>
    public long Id { get; }

    /// <summary>How long it lives without being kept alive.</summary>
    public TimeSpan TimeToLive { get; private set; }

    /// <summary>Fires when the lease is lost or about to be, and when it is given up.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether it is certain at this moment that the lease lives.</summary>
    public bool IsHeld => Volatile.Read(ref _ended) == 0 && Environment.TickCount64 < Interlocked.Read(ref _deadline);

    /// <summary>When it is to be renewed next, on the clock of <see cref="Environment.TickCount64"/>.</summary>
    internal long NextRenewal { get; private set; }

    /// <summary>Stops keeping it alive; it ends by itself, unless somebody else keeps it alive.</summary>
    public async Task AbandonAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _loop.Forget(this);
            StopAlarm();
            await _lost.CancelAsync().ConfigureAwait(false);
            _lost.Dispose();
        }
    }

    /// <summary>Gives it up: <see cref="Lost"/> fires, then the lease is revoked. If no member can be reached it ends by itself in due time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _ended) != 0)
            return;
        await AbandonAsync().ConfigureAwait(false);
        // After that it has ended by itself.
        using var limit = new CancellationTokenSource(TimeToLive);
        try
        {
            await _leases.RevokeAsync(Id, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is CallException or OperationCanceledException)
        {
            _log.LogDebug("lease {Lease} was not revoked: {Reason}", Id.ToString("x", null), failure.Message);
        }
    }

    /// <summary>Whether a renewal is to be sent now; if so, it counts as sent from here on.</summary>
    internal bool TrySend(long now)
    {
        lock (_lock)
        {
            if (_sentAt != NothingSent || now < NextRenewal)
                return false;
            _sentAt = now;
            return true;
        }
    }

    /// <summary>Whether a renewal waits for its answer for so long that another stream should be tried.</summary>
    internal bool IsOverdue(long now)
    {
        lock (_lock)
            return _sentAt != NothingSent && now - _sentAt > Third;
    }

    /// <summary>When the loop has to look again: for the next renewal, or for the answer to the last.</summary>
    internal long NextLook
    {
        get
        {
            lock (_lock)
                return _sentAt == NothingSent ? NextRenewal : _sentAt + Third + 1;
        }
    }

    /// <summary>What was sent on the stream before has no answer on the new one.</summary>
    internal void StreamReopened(long now)
    {
        lock (_lock)
        {
            if (_sentAt != NothingSent)
                (_sentAt, NextRenewal) = (NothingSent, now);
        }
    }

    /// <summary>The answer to the renewal that was sent.</summary>
    internal void Answered(long timeToLiveSeconds)
    {
        if (timeToLiveSeconds <= 0)
        {
            Lose("the server knows it no more");
            return;
        }
        lock (_lock)
        {
            if (_sentAt != NothingSent)
                Renew(_sentAt, TimeSpan.FromSeconds(timeToLiveSeconds));
            _sentAt = NothingSent;
        }
    }

    internal void Lose(string reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        _loop.Forget(this);
        StopAlarm();
        _log.LogWarning("lease {Lease} is lost: {Reason}", Id.ToString("x", null), reason);
        ClientTelemetry.LeaseLost();
        // The token says so from here on; its callbacks run on another thread, and what they throw is theirs.
        _ = _lost.CancelAsync();
    }

    private long Third => (long)TimeToLive.TotalMilliseconds / 3;

    private void Renew(long sentAt, TimeSpan timeToLive)
    {
        TimeToLive = timeToLive;
        // Some time for a timer that is late, and for whoever has to stop working.
        long margin = Math.Min((long)timeToLive.TotalMilliseconds / 10, 1000);
        Interlocked.Exchange(ref _deadline, sentAt + (long)timeToLive.TotalMilliseconds - margin);
        NextRenewal = sentAt + Third;
        SetAlarm();
    }

    private void LookAtTheClock()
    {
        if (Environment.TickCount64 >= Interlocked.Read(ref _deadline))
            Lose("no renewal was answered in time");
        else
            SetAlarm();
    }

    private void SetAlarm()
    {
        // An answer may come while the lease is given up: nothing is set any more then.
        lock (_lock)
        {
            if (Volatile.Read(ref _ended) == 0)
                _alarm.Change(Math.Max(0, Interlocked.Read(ref _deadline) - Environment.TickCount64), Timeout.Infinite);
        }
    }

    private void StopAlarm()
    {
        lock (_lock)
            _alarm.Dispose();
    }
}
