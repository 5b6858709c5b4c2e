namespace Tenet.Raft.Wire;

/// <summary>
/// raftpb bytes (contract/consensus.md, 1.1). What is written has exactly the fields that etcd 3.7 assigns; what is read may be any form,
/// also the one of 3.5 with every field present. Read values keep slices of the given bytes, so those must not be reused.
/// Reading throws <see cref="RaftWireException"/> for anything that is no such message; writing needs a span of at least the size.
/// </summary>
public static partial class RaftCodec
{
    /// <summary>Encoded bytes.</summary>
    public static int SizeOf(in Entry entry)
    {
        int size = 0;
        if (WritesType(entry))
            size += WireWriter.SizeOfNumber((ulong)entry.Type);
        if (WritesTerm(entry))
            size += WireWriter.SizeOfNumber(entry.Term);
        if (WritesIndex(entry))
            size += WireWriter.SizeOfNumber(entry.Index);
        if (WritesData(entry))
            size += WireWriter.SizeOfBytes(entry.Data.Length);
        return size;
    }

    /// <summary>Writes an entry and returns its size.</summary>
    public static int Write(in Entry entry, Span<byte> into)
    {
        var writer = new WireWriter(into);
        Write(ref writer, entry);
        return writer.Position;
    }

    /// <summary>Reads an entry.</summary>
    public static Entry ReadEntry(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ulong term = 0;
        ulong index = 0;
        ulong type = 0;
        ReadOnlyMemory<byte> data = default;
        var present = EntryFields.None;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when reader.Number() is { } value:
                    type = value;
                    present |= EntryFields.Type;
                    break;
                case 2 when reader.Number() is { } value:
                    term = value;
                    present |= EntryFields.Term;
                    break;
                case 3 when reader.Number() is { } value:
                    index = value;
                    present |= EntryFields.Index;
                    break;
                case 4 when reader.Bytes() is { } value:
                    data = value;
                    present |= EntryFields.Data;
                    break;
                case > 4:
                    reader.Skip();
                    break;
            }
        }
        return new Entry(term, index, (EntryType)(int)type, data) { Explicit = present };
    }

    /// <summary>Encoded bytes; all three fields are always there.</summary>
    public static int SizeOf(in HardState state) =>
        WireWriter.SizeOfNumber(state.Term) + WireWriter.SizeOfNumber(state.Vote) + WireWriter.SizeOfNumber(state.Commit);

    /// <summary>Writes a hard state and returns its size.</summary>
    public static int Write(in HardState state, Span<byte> into)
    {
        var writer = new WireWriter(into);
        writer.Number(1, state.Term);
        writer.Number(2, state.Vote);
        writer.Number(3, state.Commit);
        return writer.Position;
    }

    /// <summary>Reads a hard state.</summary>
    public static HardState ReadHardState(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ulong term = 0;
        ulong vote = 0;
        ulong commit = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    term = reader.Number() ?? term;
                    break;
                case 2:
                    vote = reader.Number() ?? vote;
                    break;
                case 3:
                    commit = reader.Number() ?? commit;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new HardState(term, vote, commit);
    }

    /// <summary>The bytes of an entry in an array of their own.</summary>
    public static byte[] ToBytes(in Entry entry)
    {
        byte[] bytes = new byte[SizeOf(entry)];
        Write(entry, bytes);
        return bytes;
    }

    internal static ulong SizeOf(ReadOnlySpan<Entry> entries)
    {
        ulong size = 0;
        foreach (ref readonly Entry entry in entries)
            size += (ulong)SizeOf(entry);
        return size;
    }

    private static void Write(ref WireWriter writer, in Entry entry)
    {
        if (WritesType(entry))
            writer.Number(1, (ulong)entry.Type);
        if (WritesTerm(entry))
            writer.Number(2, entry.Term);
        if (WritesIndex(entry))
            writer.Number(3, entry.Index);
        if (WritesData(entry))
            writer.Bytes(4, entry.Data.Span);
    }

    private static bool WritesType(in Entry entry) => entry.Type != EntryType.Normal || (entry.Explicit & EntryFields.Type) != 0;

    private static bool WritesTerm(in Entry entry) => entry.Term != 0 || (entry.Explicit & EntryFields.Term) != 0;

    private static bool WritesIndex(in Entry entry) => entry.Index != 0 || (entry.Explicit & EntryFields.Index) != 0;

    private static bool WritesData(in Entry entry) => !entry.Data.IsEmpty || (entry.Explicit & EntryFields.Data) != 0;
}
