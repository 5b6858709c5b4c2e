namespace Tenet.Raft;

/// <summary>What the core has to say since the last time somebody asked.</summary>
internal sealed class Outbox
{
    private List<Message> _messages = [];
    private List<Message> _afterAppend = [];
    private List<ReadState> _readStates = [];

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => _messages.Count == 0 && _afterAppend.Count == 0 && _readStates.Count == 0;

    /// <summary>A message for a peer, at once.</summary>
    public void Add(Message message) => _messages.Add(message);

    /// <summary>A message for a peer or for this member, once everything that is in the log and the hard state by now is durable.</summary>
    public void AddAfterAppend(Message message) => _afterAppend.Add(message);

    /// <summary>An answer to a read request.</summary>
    public void Add(ReadState state) => _readStates.Add(state);

    /// <summary>Takes the messages out.</summary>
    public IReadOnlyList<Message> TakeMessages() => _messages.Count == 0 ? [] : Take(ref _messages);

    /// <summary>Takes the messages that wait for storage out.</summary>
    public IReadOnlyList<Message> TakeAfterAppend() => _afterAppend.Count == 0 ? [] : Take(ref _afterAppend);

    /// <summary>Takes the answers out.</summary>
    public IReadOnlyList<ReadState> TakeReadStates() => _readStates.Count == 0 ? [] : Take(ref _readStates);

    private static List<T> Take<T>(ref List<T> list)
    {
        List<T> taken = list;
        list = [];
        return taken;
    }
}
