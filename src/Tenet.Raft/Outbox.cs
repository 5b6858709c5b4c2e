namespace Tenet.Raft;

/// <summary>What the core has to say since the last time somebody asked.</summary>
internal sealed class Outbox
{
    private List<Message> _messages = [];
    private List<Message> _afterAppend = [];
    private List<ReadState> _readStates = [];

    /// <summary>For peers, at once.</summary>
    public List<Message> Messages => _messages;

    /// <summary>For peers and for this member, once everything that is in the log by now is durable.</summary>
    public List<Message> AfterAppend => _afterAppend;

    /// <summary>Answers to reads.</summary>
    public List<ReadState> ReadStates => _readStates;

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => _messages.Count == 0 && _afterAppend.Count == 0 && _readStates.Count == 0;

    /// <summary>Takes the messages out.</summary>
    public List<Message> TakeMessages() => Take(ref _messages);

    /// <summary>Takes the messages that wait for storage out.</summary>
    public List<Message> TakeAfterAppend() => Take(ref _afterAppend);

    /// <summary>Takes the answers out.</summary>
    public List<ReadState> TakeReadStates() => Take(ref _readStates);

    // An empty list stays here, so that quiet Readys allocate nothing.
    private static List<T> Take<T>(ref List<T> list)
    {
        if (list.Count == 0)
            return Empty<T>.List;
        List<T> taken = list;
        list = [];
        return taken;
    }

    private static class Empty<T>
    {
        public static readonly List<T> List = [];
    }
}
