using Tenet.Foundation;

namespace Tenet.Raft.Tracking;

/// <summary>The window of append messages that are under way to one member, bounded by number and by payload bytes.</summary>
internal sealed class Inflights(int messagesMax, ulong bytesMax)
{
    private readonly Queue<(ulong Index, ulong Bytes)> _messages = new();
    private ulong _bytes;

    /// <summary>Messages under way.</summary>
    public int Count => _messages.Count;

    /// <summary>Whether nothing more may be sent. The message that reaches the byte limit still went.</summary>
    public bool IsFull => _messages.Count >= messagesMax || (bytesMax != 0 && _bytes >= bytesMax);

    /// <summary>A message whose last entry has this index is on its way. Indexes do not fall.</summary>
    public void Add(ulong index, ulong bytes)
    {
        Invariant.That(!IsFull, $"cannot add index {index} into a full window");
        _messages.Enqueue((index, bytes));
        _bytes += bytes;
    }

    /// <summary>Everything up to the index has arrived.</summary>
    public void Release(ulong index)
    {
        while (_messages.TryPeek(out (ulong Index, ulong Bytes) oldest) && oldest.Index <= index)
        {
            _bytes -= oldest.Bytes;
            _messages.Dequeue();
        }
    }

    /// <summary>Nothing is under way.</summary>
    public void Clear()
    {
        _messages.Clear();
        _bytes = 0;
    }
}
