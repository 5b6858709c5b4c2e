using Tenet.Foundation;

namespace Tenet.Raft.Log;

/// <summary>
/// The end of the log that storage does not hold yet: a snapshot, entries, or both one after the other. "In progress" is what has been
/// handed to storage without an answer so far.
/// </summary>
internal sealed class UnstableLog(ulong firstIndex, IRaftLog lines)
{
    private readonly EntryDeque _entries = new(firstIndex);
    private bool _snapshotInProgress;

    /// <summary>The snapshot that storage does not hold yet.</summary>
    public Snapshot? Snapshot { get; private set; }

    /// <summary>The index of the first unstable entry, or of the next one.</summary>
    public ulong Offset => _entries.FirstIndex;

    /// <summary>The index of the first entry that has not been handed to storage.</summary>
    public ulong OffsetInProgress { get; private set; } = firstIndex;

    /// <summary>The index after the last entry.</summary>
    public ulong NextIndex => _entries.NextIndex;

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether there are entries that have not been handed to storage.</summary>
    public bool HasNewEntries => NextIndex > OffsetInProgress;

    /// <summary>The snapshot, if it has not been handed to storage.</summary>
    public Snapshot? NewSnapshot => _snapshotInProgress ? null : Snapshot;

    /// <summary>The last index, if this part of the log knows it.</summary>
    public ulong? LastIndex => _entries.Count > 0 ? NextIndex - 1 : Snapshot?.Index;

    /// <summary>The term at the index, if this part of the log knows it.</summary>
    public ulong? Term(ulong index)
    {
        if (index >= Offset)
            return index < NextIndex ? _entries[index].Term : null;
        return Snapshot is { } snapshot && snapshot.Index == index ? snapshot.Term : null;
    }

    /// <summary>A copy of a range, limited by encoded size.</summary>
    public Entry[] Copy(ulong low, ulong high, ulong bytesMax) => _entries.Copy(low, high, bytesMax);

    /// <summary>The entries that have not been handed to storage.</summary>
    public Entry[] NewEntries() => HasNewEntries ? _entries.Copy(OffsetInProgress, NextIndex, ulong.MaxValue) : [];

    /// <summary>Whatever is new has been handed to storage.</summary>
    public void Accept()
    {
        OffsetInProgress = NextIndex;
        _snapshotInProgress = Snapshot is not null;
    }

    /// <summary>Makes room for entries that begin at the index: whatever is there from it on is cut off.</summary>
    public void PrepareAppend(ulong index)
    {
        if (index == NextIndex)
            return;
        if (index <= Offset)
        {
            lines.Write(RaftLogLevel.Info, $"replace the unstable entries from index {index}");
            _entries.Reset(index);
            OffsetInProgress = index;
            return;
        }
        lines.Write(RaftLogLevel.Info, $"truncate the unstable entries before index {index}");
        _entries.TruncateFrom(index);
        // What replaces entries under way to storage has to be handed over itself.
        OffsetInProgress = Math.Min(OffsetInProgress, index);
    }

    /// <summary>Adds an entry at the end.</summary>
    public void Append(in Entry entry) => _entries.Add(entry);

    /// <summary>
    /// Storage holds the entry, so everything up to it is stable. Ignored if this entry is not here any more: by then something else has
    /// taken its place, and storage does not hold that yet.
    /// </summary>
    public void StableTo(ulong term, ulong index)
    {
        if (Term(index) is not { } present)
        {
            lines.Write(RaftLogLevel.Info, $"entry at index {index} missing from unstable log; ignoring");
            return;
        }
        if (index < Offset)
        {
            lines.Write(RaftLogLevel.Info, $"entry at index {index} matched unstable snapshot; ignoring");
            return;
        }
        if (present != term)
        {
            lines.Write(
                RaftLogLevel.Info,
                $"entry at (index,term)=({index},{term}) mismatched with entry at ({index},{present}) in unstable log; ignoring");
            return;
        }
        _entries.DropBefore(index + 1);
        OffsetInProgress = Math.Max(OffsetInProgress, Offset);
    }

    /// <summary>Storage holds the snapshot of this index.</summary>
    public void StableSnapshotTo(ulong index)
    {
        if (Snapshot?.Index != index)
            return;
        Snapshot = null;
        _snapshotInProgress = false;
    }

    /// <summary>A snapshot takes the place of everything.</summary>
    public void Restore(Snapshot snapshot)
    {
        Invariant.That(!snapshot.IsEmpty, $"an empty snapshot cannot be restored");
        _entries.Reset(snapshot.Index + 1);
        OffsetInProgress = Offset;
        Snapshot = snapshot;
        _snapshotInProgress = false;
    }
}
