using Tenet.Server.Loops;

namespace Tenet.Server.Services;

/// <summary>
/// Ends the streams that were opened on the condition that there is a leader: it looks once per election timeout, and three looks
/// in a row without a leader are enough (contract/api.md, 2.1).
/// </summary>
internal sealed class LeaderWatch(MemberOptions options, MemberSeams seams, EngineState state) : ITurn
{
    private const int LooksMax = 3;

    private readonly Lock _lock = new();
    private readonly List<Condition> _conditions = [];
    private readonly long _interval = (long)(options.ElectionTimeout.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextAt = seams.Clock.GetTimestamp();
    private int _looksWithout;

    public string Name => "leader watch";

    public long WakeAt => _nextAt;

    /// <summary>Watches on behalf of one stream until disposed.</summary>
    public Condition Open(CancellationToken call)
    {
        var condition = new Condition(this, call);
        lock (_lock)
            _conditions.Add(condition);
        return condition;
    }

    public bool RunTurn()
    {
        long now = seams.Clock.GetTimestamp();
        if (now < _nextAt)
            return false;
        _nextAt = now + _interval;
        _looksWithout = state.Lead == 0 ? _looksWithout + 1 : 0;
        if (_looksWithout < LooksMax)
            return true;

        Condition[] lost;
        lock (_lock)
        {
            lost = [.. _conditions];
            _conditions.Clear();
        }

        foreach (Condition condition in lost)
            condition.Lose();
        return true;
    }

    private Task CancelAsync(CancellationTokenSource source) => seams.CancelAsync(source);

    private void Close(Condition condition)
    {
        lock (_lock)
            _conditions.Remove(condition);
    }

    /// <summary>One stream's condition.</summary>
    internal sealed class Condition : IDisposable
    {
        private readonly LeaderWatch _owner;
        private readonly CancellationTokenSource _ended;

        public Condition(LeaderWatch owner, CancellationToken call)
        {
            _owner = owner;
            _ended = CancellationTokenSource.CreateLinkedTokenSource(call);
        }

        /// <summary>Whether the stream was ended because nobody leads.</summary>
        public bool IsLost { get; private set; }

        /// <summary>Fires with the call's own token, or when the leader is lost.</summary>
        public CancellationToken Token => _ended.Token;

        public void Lose()
        {
            IsLost = true;

            // The stream goes on in a thread of the pool: this loop has other things to do. Nobody waits for it.
            _ = _owner.CancelAsync(_ended);
        }

        public void Dispose()
        {
            _owner.Close(this);
            _ended.Dispose();
        }
    }
}
