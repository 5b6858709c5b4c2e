namespace Tenet.Server.Loops;

/// <summary>
/// What one loop is told, in order, by any thread. Posting takes a short lock and allocates nothing once the lists have grown; the loop
/// takes everything at once, so one turn covers many messages.
/// </summary>
internal sealed class Mailbox<T>(WakeSignal owner, int capacity = int.MaxValue)
{
    private readonly Lock _lock = new();
    private List<T> _filling = [];
    private List<T> _empty = [];
    private volatile int _count;

    /// <summary>Messages waiting.</summary>
    public int Count => _count;

    /// <summary>Adds a message and wakes the loop.</summary>
    /// <returns>False if the mailbox is full; the message was not taken.</returns>
    public bool TryPost(T message)
    {
        lock (_lock)
        {
            if (_filling.Count >= capacity)
                return false;
            _filling.Add(message);
            _count = _filling.Count;
        }

        owner.Set();
        return true;
    }

    /// <summary>
    /// All messages waiting. The list belongs to the loop until its next call, which empties it. Empty if there are none. One caller.
    /// </summary>
    public List<T> TakeAll()
    {
        _empty.Clear();
        if (_count == 0)
            return _empty;
        lock (_lock)
        {
            (_filling, _empty) = (_empty, _filling);
            _count = 0;
        }

        return _empty;
    }
}
