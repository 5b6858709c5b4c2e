using Tenet.Foundation;
using Tenet.Raft.Log;

namespace Tenet.Raft;

/// <summary>
/// The stable log in memory: a snapshot, and the entries after it or at least after what was compacted. Used on one thread, the one that
/// steps the core (contract/consensus.md, 1.9).
/// </summary>
public sealed class MemoryStorage : IRaftStorage
{
    // The term of the entry before the first one outlives it: appends are anchored there.
    private ulong _termBefore;
    private HardState _hardState;
    private Snapshot _snapshot = Raft.Snapshot.Empty;
    private readonly EntryDeque _entries = new(1);

    /// <inheritdoc/>
    public ulong FirstIndex => _entries.FirstIndex;

    /// <inheritdoc/>
    public ulong LastIndex => _entries.NextIndex - 1;

    /// <inheritdoc/>
    public (HardState HardState, ConfState ConfState) InitialState => (_hardState, _snapshot.ConfState);

    /// <summary>How many entries are held.</summary>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public LogRead Term(ulong index, out ulong term)
    {
        term = 0;
        if (index + 1 < FirstIndex)
            return LogRead.Compacted;
        if (index > LastIndex)
            return LogRead.Unavailable;
        term = index + 1 == FirstIndex ? _termBefore : _entries[index].Term;
        return LogRead.Found;
    }

    /// <inheritdoc/>
    public LogRead Entries(ulong low, ulong high, ulong bytesMax, out Entry[] entries)
    {
        entries = [];
        if (low < FirstIndex)
            return LogRead.Compacted;
        Invariant.That(high <= LastIndex + 1, $"entries' hi({high}) is out of bound lastindex({LastIndex})");
        if (_entries.Count == 0)
            return LogRead.Unavailable;
        entries = _entries.Copy(low, high, bytesMax);
        return LogRead.Found;
    }

    /// <inheritdoc/>
    public Snapshot? Snapshot() => _snapshot;

    /// <summary>Remembers the hard state for <see cref="InitialState"/>.</summary>
    public void SetHardState(HardState state) => _hardState = state;

    /// <summary>
    /// Appends entries, replacing what is there from the first one's index on. Entries that are compacted already are passed over; a gap is
    /// a broken invariant.
    /// </summary>
    public void Append(IReadOnlyList<Entry> entries)
    {
        int count = entries.Count;
        int from = 0;
        while (from < count && entries[from].Index < FirstIndex)
            from++;
        if (from == count)
            return;
        ulong first = entries[from].Index;
        Invariant.That(first <= LastIndex + 1, $"missing log entry [last: {LastIndex}, append at: {first}]");
        _entries.TruncateFrom(first);
        for (int i = from; i < count; i++)
            _entries.Add(entries[i]);
    }

    /// <summary>Replaces everything by a snapshot; false, and nothing happens, if it is not newer than a present one.</summary>
    public bool ApplySnapshot(Snapshot snapshot)
    {
        if (_snapshot.Index != 0 && _snapshot.Index >= snapshot.Index)
            return false;
        _snapshot = snapshot;
        _termBefore = snapshot.Term;
        _entries.Reset(snapshot.Index + 1);
        return true;
    }

    /// <summary>
    /// Makes the snapshot that followers will be sent, as of an index at hand; null, and nothing happens, if it is not newer than the
    /// present one. Entries stay until <see cref="Compact"/>.
    /// </summary>
    public Snapshot? CreateSnapshot(ulong index, ConfState confState, ReadOnlyMemory<byte> data)
    {
        if (index <= _snapshot.Index)
            return null;
        LogRead read = Term(index, out ulong term);
        Invariant.That(read == LogRead.Found, $"snapshot {index} is out of bound lastindex({LastIndex})");
        return _snapshot = new Snapshot(index, term, confState, data);
    }

    /// <summary>
    /// Drops entries up to and including the index; false if they are gone already. Beyond the last index it is a broken invariant.
    /// </summary>
    public bool Compact(ulong index)
    {
        if (index < FirstIndex)
            return false;
        Invariant.That(index <= LastIndex, $"compact {index} is out of bound lastindex({LastIndex})");
        _termBefore = _entries[index].Term;
        _entries.DropBefore(index + 1);
        return true;
    }
}
