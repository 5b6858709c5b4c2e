using Tenet.Foundation;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Log;

/// <summary>
/// The replicated log (contract/consensus.md, 1.8): a stable part in storage, an unstable part behind it, and three marks in it. Always
/// Applied ≤ Applying ≤ Committed ≤ LastIndex.
/// </summary>
internal sealed class EntryLog
{
    private readonly IRaftStorage _storage;
    private readonly IRaftLog _lines;
    private readonly UnstableLog _unstable;
    private readonly ulong _applyingBytesMax;
    private ulong _applyingBytes;
    private bool _applyingPaused;

    /// <summary>The log that storage holds, nothing of it applied but its snapshot.</summary>
    public EntryLog(IRaftStorage storage, ulong applyingBytesMax, IRaftLog lines)
    {
        _storage = storage;
        _lines = lines;
        _applyingBytesMax = applyingBytesMax;
        _unstable = new UnstableLog(storage.LastIndex + 1, lines);
        Committed = Applying = Applied = storage.FirstIndex - 1;
    }

    /// <summary>The highest index known to be committed.</summary>
    public ulong Committed { get; private set; }

    /// <summary>The highest index handed to the state machine.</summary>
    public ulong Applying { get; private set; }

    /// <summary>The highest index that the state machine has confirmed.</summary>
    public ulong Applied { get; private set; }

    /// <summary>The oldest index at hand.</summary>
    public ulong FirstIndex => _unstable.Snapshot is { } snapshot ? snapshot.Index + 1 : _storage.FirstIndex;

    /// <summary>The newest index.</summary>
    public ulong LastIndex => _unstable.LastIndex ?? _storage.LastIndex;

    /// <summary>The term of the newest entry.</summary>
    public ulong LastTerm
    {
        get
        {
            LogRead read = Term(LastIndex, out ulong term);
            Invariant.That(read == LogRead.Found, $"unexpected error when getting the last term: {read}");
            return term;
        }
    }

    /// <summary>Whether a snapshot waits for storage.</summary>
    public bool HasUnstableSnapshot => _unstable.Snapshot is not null;

    /// <summary>Whether entries wait for storage.</summary>
    public bool HasUnstableEntries => _unstable.Count > 0;

    /// <summary>The snapshot that has not been handed to storage.</summary>
    public Snapshot? NewSnapshot => _unstable.NewSnapshot;

    /// <summary>Whether there are entries that have not been handed to storage.</summary>
    public bool HasNewEntries => _unstable.HasNewEntries;

    /// <summary>The entries that have not been handed to storage.</summary>
    public Entry[] NewEntries() => _unstable.NewEntries();

    /// <summary>Whatever is new has been handed to storage.</summary>
    public void AcceptUnstable() => _unstable.Accept();

    /// <summary>Storage holds everything up to this entry, if it still is part of the log.</summary>
    public void StableTo(ulong term, ulong index) => _unstable.StableTo(term, index);

    /// <summary>Storage holds the snapshot of this index.</summary>
    public void StableSnapshotTo(ulong index) => _unstable.StableSnapshotTo(index);

    /// <summary>The term at an index. The one before <see cref="FirstIndex"/> is known too.</summary>
    public LogRead Term(ulong index, out ulong term)
    {
        if (_unstable.Term(index) is { } unstable)
        {
            term = unstable;
            return LogRead.Found;
        }
        term = 0;
        if (index + 1 < FirstIndex)
            return LogRead.Compacted;
        return index > LastIndex ? LogRead.Unavailable : _storage.Term(index, out term);
    }

    /// <summary>The term at an index, 0 if it is unknown.</summary>
    public ulong TermOrZero(ulong index) => Term(index, out ulong term) == LogRead.Found ? term : 0;

    /// <summary>Whether the entry at the index has this term.</summary>
    public bool Matches(ulong index, ulong term) => Term(index, out ulong present) == LogRead.Found && present == term;

    /// <summary>Whether a log that ends so is at least as new as this one.</summary>
    public bool IsUpToDate(ulong lastTerm, ulong lastIndex)
    {
        ulong term = LastTerm;
        return lastTerm > term || (lastTerm == term && lastIndex >= LastIndex);
    }

    /// <summary>
    /// Takes over a leader's entries behind (prevTerm, prevIndex), if that one is part of this log; then moves the commit mark as far as
    /// both the leader and the entries allow. Entries that are here already stay; from the first conflict on, the leader's replace them.
    /// </summary>
    public bool MaybeAppend(ulong prevTerm, ulong prevIndex, IReadOnlyList<Entry> entries, ulong leaderCommit, out ulong lastNew)
    {
        lastNew = prevIndex + (ulong)entries.Count;
        if (!Matches(prevIndex, prevTerm))
            return false;
        int conflict = FindConflict(entries);
        if (conflict < entries.Count)
        {
            ulong index = entries[conflict].Index;
            Invariant.That(index > Committed, $"entry {index} conflict with committed entry [committed({Committed})]");
            _unstable.PrepareAppend(index);
            for (int i = conflict; i < entries.Count; i++)
                _unstable.Append(entries[i]);
        }
        CommitTo(Math.Min(leaderCommit, lastNew));
        return true;
    }

    /// <summary>Adds one entry behind the last one.</summary>
    public void Append(in Entry entry)
    {
        Invariant.That(entry.Index > Committed, $"after({entry.Index - 1}) is out of range [committed({Committed})]");
        _unstable.PrepareAppend(entry.Index);
        _unstable.Append(entry);
    }

    /// <summary>
    /// The largest index up to the given one where a log, of which only an upper bound of the terms is known, may agree with this one: the
    /// term there (0 if unknown) is at most <paramref name="term"/>.
    /// </summary>
    public (ulong Index, ulong Term) FindConflictByTerm(ulong index, ulong term)
    {
        for (; index > 0; index--)
        {
            if (Term(index, out ulong present) != LogRead.Found)
                return (index, 0);
            if (present <= term)
                return (index, present);
        }
        return (0, 0);
    }

    /// <summary>Moves the commit mark forward; it never moves back.</summary>
    public void CommitTo(ulong index)
    {
        if (index <= Committed)
            return;
        Invariant.That(
            index <= LastIndex,
            $"tocommit({index}) is out of range [lastIndex({LastIndex})]. Was the raft log corrupted, truncated, or lost?");
        Committed = index;
    }

    /// <summary>Sets the commit mark that a restart found.</summary>
    public void LoadCommitted(ulong id, ulong index)
    {
        Invariant.That(
            index >= Committed && index <= LastIndex, $"{id:x} state.commit {index} is out of range [{Committed}, {LastIndex}]");
        Committed = index;
    }

    /// <summary>Entries from the index on, limited by encoded size.</summary>
    public LogRead Entries(ulong low, ulong bytesMax, out Entry[] entries)
    {
        entries = [];
        return low > LastIndex ? LogRead.Found : Slice(low, LastIndex + 1, bytesMax, out entries);
    }

    /// <summary>
    /// Entries of [low, high), limited by encoded size: the longest prefix within the limit, but at least one entry. Compacted if the first
    /// one is gone.
    /// </summary>
    public LogRead Slice(ulong low, ulong high, ulong bytesMax, out Entry[] entries)
    {
        entries = [];
        Invariant.That(low <= high && high <= LastIndex + 1, $"slice[{low},{high}) out of bound [{FirstIndex},{LastIndex}]");
        if (low < FirstIndex)
            return LogRead.Compacted;
        if (low == high)
            return LogRead.Found;
        if (low >= _unstable.Offset)
        {
            entries = _unstable.Copy(low, high, bytesMax);
            return LogRead.Found;
        }
        ulong cut = Math.Min(high, _unstable.Offset);
        LogRead read = _storage.Entries(low, cut, bytesMax, out Entry[] stable);
        Invariant.That(read != LogRead.Unavailable, $"entries[{low}:{cut}) is unavailable from storage");
        entries = stable;
        // A short answer has reached the limit.
        if (read != LogRead.Found || high <= _unstable.Offset || (ulong)stable.Length < cut - low)
            return read;
        ulong stableBytes = RaftCodec.SizeOf(stable);
        if (stableBytes >= bytesMax)
            return read;
        Entry[] unstable = _unstable.Copy(_unstable.Offset, high, bytesMax - stableBytes);
        if (unstable.Length > 1 || stableBytes + RaftCodec.SizeOf(unstable) <= bytesMax)
            entries = [.. stable, .. unstable];
        return read;
    }

    /// <summary>Whether <see cref="NextCommitted"/> has anything.</summary>
    public bool HasNextCommitted(bool unstableToo) =>
        !_applyingPaused && !HasUnstableSnapshot && Applying < AppliableIndex(unstableToo);

    /// <summary>
    /// The committed entries to be handed to the state machine next; with <paramref name="unstableToo"/> also those that storage does not
    /// hold yet, which is only right for a driver that stores before it applies.
    /// </summary>
    public Entry[] NextCommitted(bool unstableToo)
    {
        if (!HasNextCommitted(unstableToo))
            return [];
        ulong bytesMax = _applyingBytesMax - _applyingBytes;
        Invariant.That(
            _applyingBytes < _applyingBytesMax, $"applying entry size ({_applyingBytesMax}-{_applyingBytes}) not positive");
        LogRead read = Slice(Applying + 1, AppliableIndex(unstableToo) + 1, bytesMax, out Entry[] entries);
        Invariant.That(read == LogRead.Found, $"unexpected error when getting unapplied entries: {read}");
        return entries;
    }

    /// <summary>
    /// These entries have been handed to the state machine. No more follow once the limit is reached, or if the next entry would exceed it:
    /// then it was left out of these.
    /// </summary>
    public void AcceptApplying(ReadOnlySpan<Entry> entries, bool unstableToo)
    {
        ulong index = entries[^1].Index;
        Invariant.That(index <= Committed, $"applying({index}) is out of range [prevApplying({Applying}), committed({Committed})]");
        Applying = index;
        _applyingBytes += RaftCodec.SizeOf(entries);
        _applyingPaused = _applyingBytes >= _applyingBytesMax || index < AppliableIndex(unstableToo);
    }

    /// <summary>The state machine has confirmed everything up to the index.</summary>
    public void AppliedTo(ulong index, ulong bytes)
    {
        Invariant.That(
            index >= Applied && index <= Committed,
            $"applied({index}) is out of range [prevApplied({Applied}), committed({Committed})]");
        Applied = index;
        Applying = Math.Max(Applying, index);
        _applyingBytes -= Math.Min(_applyingBytes, bytes);
        _applyingPaused = _applyingBytes >= _applyingBytesMax;
    }

    /// <summary>Whether a configuration change is committed but not confirmed by the state machine.</summary>
    public bool HasUnappliedConfChange()
    {
        for (ulong low = Applied + 1; low <= Committed;)
        {
            LogRead read = Slice(low, Committed + 1, _applyingBytesMax, out Entry[] page);
            Invariant.That(read == LogRead.Found, $"error scanning unapplied entries [{low}, {Committed + 1}): {read}");
            foreach (ref readonly Entry entry in page.AsSpan())
            {
                if (entry.Type is EntryType.ConfChange or EntryType.ConfChangeV2)
                    return true;
            }
            low += (ulong)page.Length;
        }
        return false;
    }

    /// <summary>The snapshot for a follower, null if there is none just now.</summary>
    public Snapshot? Snapshot() => _unstable.Snapshot ?? _storage.Snapshot();

    /// <summary>A snapshot takes the place of the whole log.</summary>
    public void Restore(Snapshot snapshot)
    {
        _lines.Write(RaftLogLevel.Info, $"log [{this}] starts to restore snapshot [index: {snapshot.Index}, term: {snapshot.Term}]");
        Committed = snapshot.Index;
        _unstable.Restore(snapshot);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"committed={Committed}, applied={Applied}, applying={Applying}, unstable.offset={_unstable.Offset}, "
        + $"unstable.offsetInProgress={_unstable.OffsetInProgress}, len(unstable.Entries)={_unstable.Count}";

    private int FindConflict(IReadOnlyList<Entry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            Entry entry = entries[i];
            if (Matches(entry.Index, entry.Term))
                continue;
            if (entry.Index <= LastIndex)
            {
                _lines.Write(
                    RaftLogLevel.Info,
                    $"found conflict at index {entry.Index} [existing term: {TermOrZero(entry.Index)}, conflicting term: {entry.Term}]");
            }
            return i;
        }
        return entries.Count;
    }

    private ulong AppliableIndex(bool unstableToo) => unstableToo ? Committed : Math.Min(Committed, _unstable.Offset - 1);
}
