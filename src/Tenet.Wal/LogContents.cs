using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Wal.Records;

namespace Tenet.Wal;

/// <summary>
/// What the records of a log add up to, read from a snapshot on (contract/storage.md, 2.10). The type of a record is not under its
/// checksum, so the data must also be what the type says, in Raft's terms.
/// </summary>
internal sealed class LogContents(WalSnapshot from)
{
    private bool _hasMetadata;

    /// <summary>The metadata. Every segment repeats it.</summary>
    public ReadOnlyMemory<byte> Metadata { get; private set; }

    public HardState HardState { get; private set; }

    /// <summary>Entries after the snapshot; overwritten ones are gone.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>Every snapshot record, in order.</summary>
    public List<WalSnapshot> Snapshots { get; } = [];

    public bool FoundSnapshot { get; private set; }

    /// <summary>The index that the next entry follows, at most.</summary>
    public ulong LastIndex { get; private set; } = from.Index;

    /// <summary>The path of the segment with the last metadata record, to tell whether a segment's header is whole.</summary>
    public string? MetadataSeenIn { get; private set; }

    /// <summary>Takes the next record.</summary>
    /// <returns>Whether an entry was kept, with a slice of the record's data.</returns>
    public bool Take(in Record record)
    {
        switch (record.Type)
        {
            case RecordType.Entry:
                return TakeEntry(record, ReadEntry(record));
            case RecordType.State:
                HardState = ReadHardState(record);
                return false;
            case RecordType.Metadata:
                TakeMetadata(record);
                return false;
            default:
                TakeSnapshot(record);
                return false;
        }
    }

    /// <summary>Takes the next record unless it is an entry: enough to verify a log.</summary>
    public void TakeWithoutEntries(in Record record)
    {
        if (record.Type != RecordType.Entry)
            Take(record);
    }

    private bool TakeEntry(in Record record, in Entry entry)
    {
        LastIndex = entry.Index;
        if (entry.Index <= from.Index)
        {
            // It was not yet covered by the snapshot when it was saved, and replaced all that had followed it.
            Entries.Clear();
            return false;
        }

        ulong position = entry.Index - from.Index - 1;
        if (position > (ulong)Entries.Count)
        {
            throw record.Corrupt(
                $"the entry of index {from.Index + 1 + (ulong)Entries.Count} or one before it",
                $"index {entry.Index}, term {entry.Term} (wal: slice bounds out of range, snapshot[Index: {from.Index}, Term: {from.Term}])");
        }

        // The first one may be older than the snapshot: a leader of its term was overruled later.
        ulong termBefore = position == 0 ? 0 : Entries[(int)position - 1].Term;
        if (entry.Term < termBefore)
            throw record.Corrupt($"an entry of term {termBefore} or later", $"term {entry.Term} at index {entry.Index}");
        Entries.RemoveRange((int)position, Entries.Count - (int)position);
        Entries.Add(entry);
        return true;
    }

    private void TakeMetadata(in Record record)
    {
        MetadataSeenIn = record.Path;
        if (!_hasMetadata)
        {
            _hasMetadata = true;
            Metadata = record.Data.ToArray();
        }
        else if (!record.Data.Span.SequenceEqual(Metadata.Span))
        {
            throw record.Corrupt(
                $"metadata {Convert.ToHexStringLower(Metadata.Span)}",
                $"{Convert.ToHexStringLower(record.Data.Span)} (wal: conflicting metadata found)");
        }
    }

    private void TakeSnapshot(in Record record)
    {
        WalSnapshot snapshot = SnapshotRecord.Read(record);
        Snapshots.Add(snapshot);
        LastIndex = Math.Max(LastIndex, snapshot.Index);
        if (snapshot.Index != from.Index)
            return;
        if (snapshot.Term != from.Term)
            throw record.Corrupt($"term {from.Term} for the snapshot of index {from.Index}", $"term {snapshot.Term} (wal: snapshot mismatch)");
        FoundSnapshot = true;
    }

    internal static Entry ReadEntry(in Record record)
    {
        Entry entry;
        try
        {
            entry = RaftCodec.ReadEntry(record.Data);
        }
        catch (RaftWireException malformed)
        {
            throw record.Corrupt("an entry", malformed.Message);
        }

        bool isPossible = entry is { Index: > 0, Term: > 0, Type: >= EntryType.Normal and <= EntryType.ConfChangeV2 }
            && !(entry.Type == EntryType.ConfChange && entry.Data.IsEmpty);
        return isPossible
            ? entry
            : throw record.Corrupt(
                "an entry with index, term and a known type",
                $"index {entry.Index}, term {entry.Term}, type {(int)entry.Type}, {entry.Data.Length} bytes of data");
    }

    internal static HardState ReadHardState(in Record record)
    {
        HardState state;
        try
        {
            state = RaftCodec.ReadHardState(record.Data);
        }
        catch (RaftWireException malformed)
        {
            throw record.Corrupt("a hard state", malformed.Message);
        }

        // Every version of etcd writes all three fields and no other.
        return state.Term > 0 && RaftCodec.SizeOf(state) == record.Data.Length
            ? state
            : throw record.Corrupt("a hard state of term, vote and commit", Convert.ToHexStringLower(record.Data.Span));
    }
}
