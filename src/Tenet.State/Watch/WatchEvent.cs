using Google.Protobuf;
using Tenet.State.Mvcc;

namespace Tenet.State.Watch;

/// <summary>
/// One event as an entry of <c>WatchResponse.events</c>, shared by every response that carries it. Its pair is the stored record, encoded when it was
/// written and never again.
/// </summary>
internal sealed class WatchEvent(MvccEvent change)
{
    private const byte EventsTag = (11 << 3) | 2;
    private const byte TypeTag = 1 << 3;
    private const byte KeyValueTag = (2 << 3) | 2;
    private const byte PreviousTag = (3 << 3) | 2;
    private const byte Delete = 1;

    // Asked for by every response that carries the event.
    private readonly int _contentBytes = (change.IsDelete ? 2 : 0) + SizeOfField(change.KeyValue.Length);

    private Previous? _previous;

    public bool IsDelete => change.IsDelete;

    public long Revision => change.Revision.Main;

    /// <summary>
    /// Looks up the pair that this event replaced, unless it has been done: absent for a creation, and if the history does not have it any more.
    /// Any thread; two that come together do the same work twice and one result stays.
    /// </summary>
    public void LoadPrevious(IWatchHistory history)
    {
        if (_previous is not null)
            return;
        bool found = history.TryGetAt(change.Key.Span, Revision - 1, out ReadOnlyMemory<byte> previous) && !change.IsCreate;
        Interlocked.CompareExchange(ref _previous, new Previous(found ? previous : default), null);
    }

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public int SizeOf(bool withPrevious) => SizeOfField(ContentBytes(withPrevious));

    /// <summary>Writes the event with tag and length, <see cref="SizeOf"/> bytes. With the previous pair only after <see cref="LoadPrevious"/>.</summary>
    public void Write(Span<byte> target, bool withPrevious)
    {
        int at = WriteTag(target, EventsTag, ContentBytes(withPrevious));
        if (change.IsDelete)
        {
            target[at++] = TypeTag;
            target[at++] = Delete;
        }

        at += WriteTag(target[at..], KeyValueTag, change.KeyValue.Length);
        change.KeyValue.Span.CopyTo(target[at..]);
        if (!withPrevious || _previous!.KeyValue.IsEmpty)
            return;

        at += change.KeyValue.Length;
        at += WriteTag(target[at..], PreviousTag, _previous.KeyValue.Length);
        _previous.KeyValue.Span.CopyTo(target[at..]);
    }

    private int ContentBytes(bool withPrevious) =>
        withPrevious && !_previous!.KeyValue.IsEmpty ? _contentBytes + SizeOfField(_previous.KeyValue.Length) : _contentBytes;

    private static int SizeOfField(int length) => 1 + CodedOutputStream.ComputeLengthSize(length) + length;

    private static int WriteTag(Span<byte> target, byte tag, int length)
    {
        target[0] = tag;
        return 1 + WatchReplyCodec.WriteVarint(target[1..], (ulong)length);
    }

    /// <summary>The replaced pair; empty if there is none to show (a pair is never empty, it has a key or a revision).</summary>
    private sealed record Previous(ReadOnlyMemory<byte> KeyValue);
}
