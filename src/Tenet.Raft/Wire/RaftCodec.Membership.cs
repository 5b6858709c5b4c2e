namespace Tenet.Raft.Wire;

public static partial class RaftCodec
{
    /// <summary>Encoded bytes.</summary>
    public static int SizeOf(ConfState state)
    {
        int size = state.HasAutoLeave ? 2 : 0;
        return size + SizeOf(state.Voters) + SizeOf(state.Learners) + SizeOf(state.VotersOutgoing) + SizeOf(state.LearnersNext);
    }

    /// <summary>Writes a membership and returns its size.</summary>
    public static int Write(ConfState state, Span<byte> into)
    {
        var writer = new WireWriter(into);
        Write(ref writer, state);
        return writer.Position;
    }

    /// <summary>Reads a membership.</summary>
    public static ConfState ReadConfState(ReadOnlyMemory<byte> bytes)
    {
        var parts = new ConfStateParts();
        parts.Add(bytes);
        return parts.ToConfState();
    }

    /// <summary>Encoded bytes.</summary>
    public static int SizeOf(Snapshot snapshot)
    {
        int size = WireWriter.SizeOfBytes(SizeOfMetadata(snapshot));
        return snapshot.Data.IsEmpty ? size : size + WireWriter.SizeOfBytes(snapshot.Data.Length);
    }

    /// <summary>Writes a snapshot and returns its size.</summary>
    public static int Write(Snapshot snapshot, Span<byte> into)
    {
        var writer = new WireWriter(into);
        Write(ref writer, snapshot);
        return writer.Position;
    }

    /// <summary>Reads a snapshot.</summary>
    public static Snapshot ReadSnapshot(ReadOnlyMemory<byte> bytes)
    {
        var parts = new SnapshotParts();
        parts.Add(bytes);
        return parts.ToSnapshot();
    }

    /// <summary>Encoded bytes.</summary>
    public static int SizeOf(ConfChange change)
    {
        int size = WireWriter.SizeOfNumber((ulong)change.Type) + WireWriter.SizeOfNumber(change.NodeId);
        if (change.Id is { } id)
            size += WireWriter.SizeOfNumber(id);
        return change.Context.IsEmpty ? size : size + WireWriter.SizeOfBytes(change.Context.Length);
    }

    /// <summary>Writes a configuration change and returns its size.</summary>
    public static int Write(ConfChange change, Span<byte> into)
    {
        var writer = new WireWriter(into);
        if (change.Id is { } id)
            writer.Number(1, id);
        writer.Number(2, (ulong)change.Type);
        writer.Number(3, change.NodeId);
        if (!change.Context.IsEmpty)
            writer.Bytes(4, change.Context.Span);
        return writer.Position;
    }

    /// <summary>Reads a configuration change.</summary>
    public static ConfChange ReadConfChange(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ulong? id = null;
        ulong type = 0;
        ulong node = 0;
        ReadOnlyMemory<byte> context = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    id = reader.Number() ?? id;
                    break;
                case 2:
                    type = reader.Number() ?? type;
                    break;
                case 3:
                    node = reader.Number() ?? node;
                    break;
                case 4:
                    context = reader.Bytes() ?? context;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new ConfChange(id, (ConfChangeType)(int)type, node, context);
    }

    /// <summary>Encoded bytes.</summary>
    public static int SizeOf(ConfChangeV2 change)
    {
        int size = change.Transition is { } transition ? WireWriter.SizeOfNumber((ulong)transition) : 0;
        for (int i = 0; i < change.Changes.Count; i++)
            size += WireWriter.SizeOfBytes(SizeOf(change.Changes[i]));
        return change.Context.IsEmpty ? size : size + WireWriter.SizeOfBytes(change.Context.Length);
    }

    /// <summary>Writes a configuration change and returns its size.</summary>
    public static int Write(ConfChangeV2 change, Span<byte> into)
    {
        var writer = new WireWriter(into);
        if (change.Transition is { } transition)
            writer.Number(1, (ulong)transition);
        for (int i = 0; i < change.Changes.Count; i++)
        {
            ConfChangeSingle single = change.Changes[i];
            writer.Begin(2, SizeOf(single));
            writer.Number(1, (ulong)single.Type);
            writer.Number(2, single.NodeId);
        }
        if (!change.Context.IsEmpty)
            writer.Bytes(3, change.Context.Span);
        return writer.Position;
    }

    /// <summary>Reads a configuration change.</summary>
    public static ConfChangeV2 ReadConfChangeV2(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ulong? transition = null;
        List<ConfChangeSingle> changes = [];
        ReadOnlyMemory<byte> context = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    transition = reader.Number() ?? transition;
                    break;
                case 2:
                    if (reader.Bytes() is { } single)
                        changes.Add(ReadConfChangeSingle(single));
                    break;
                case 3:
                    context = reader.Bytes() ?? context;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new ConfChangeV2(transition is { } value ? (ConfChangeTransition)(int)value : null, changes, context);
    }

    /// <summary>The bytes of a configuration change in an array of their own.</summary>
    public static byte[] ToBytes(ConfChange change)
    {
        byte[] bytes = new byte[SizeOf(change)];
        Write(change, bytes);
        return bytes;
    }

    /// <summary>The bytes of a configuration change in an array of their own.</summary>
    public static byte[] ToBytes(ConfChangeV2 change)
    {
        byte[] bytes = new byte[SizeOf(change)];
        Write(change, bytes);
        return bytes;
    }

    private static ConfChangeSingle ReadConfChangeSingle(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ulong type = 0;
        ulong node = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    type = reader.Number() ?? type;
                    break;
                case 2:
                    node = reader.Number() ?? node;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return new ConfChangeSingle((ConfChangeType)(int)type, node);
    }

    private static void Write(ref WireWriter writer, ConfState state)
    {
        Write(ref writer, 1, state.Voters);
        Write(ref writer, 2, state.Learners);
        Write(ref writer, 3, state.VotersOutgoing);
        Write(ref writer, 4, state.LearnersNext);
        if (state.HasAutoLeave)
            writer.Number(5, state.AutoLeave ? 1u : 0u);
    }

    private static void Write(ref WireWriter writer, Snapshot snapshot)
    {
        if (!snapshot.Data.IsEmpty)
            writer.Bytes(1, snapshot.Data.Span);
        writer.Begin(2, SizeOfMetadata(snapshot));
        writer.Begin(1, SizeOf(snapshot.ConfState));
        Write(ref writer, snapshot.ConfState);
        writer.Number(2, snapshot.Index);
        writer.Number(3, snapshot.Term);
    }

    private static void Write(ref WireWriter writer, int field, IReadOnlyList<ulong> ids)
    {
        for (int i = 0; i < ids.Count; i++)
            writer.Number(field, ids[i]);
    }

    private static int SizeOfMetadata(Snapshot snapshot) =>
        WireWriter.SizeOfBytes(SizeOf(snapshot.ConfState))
        + WireWriter.SizeOfNumber(snapshot.Index)
        + WireWriter.SizeOfNumber(snapshot.Term);

    private static int SizeOf(ConfChangeSingle single) =>
        WireWriter.SizeOfNumber((ulong)single.Type) + WireWriter.SizeOfNumber(single.NodeId);

    private static int SizeOf(IReadOnlyList<ulong> ids)
    {
        int size = 0;
        for (int i = 0; i < ids.Count; i++)
            size += WireWriter.SizeOfNumber(ids[i]);
        return size;
    }
}
