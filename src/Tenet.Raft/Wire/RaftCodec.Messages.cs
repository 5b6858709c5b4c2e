using Tenet.Foundation;

namespace Tenet.Raft.Wire;

public static partial class RaftCodec
{
    /// <summary>Encoded bytes. Local messages are never encoded.</summary>
    public static int SizeOf(Message message)
    {
        MessageFields fields = MessageFields.Of(message);
        int size = WireWriter.SizeOfNumber((ulong)fields.Type) + WireWriter.SizeOfNumber(fields.To) + WireWriter.SizeOfNumber(fields.From);
        size += SizeOf(fields.Term) + SizeOf(fields.LogTerm) + SizeOf(fields.Index);
        for (int i = 0; i < fields.Entries.Count; i++)
            size += WireWriter.SizeOfBytes(SizeOf(fields.Entries[i]));
        size += SizeOf(fields.Commit);
        if (fields.Snapshot is { } snapshot)
            size += WireWriter.SizeOfBytes(SizeOf(snapshot));
        size += fields.Reject is null ? 0 : 2;
        size += SizeOf(fields.RejectHint);
        return fields.Context.IsEmpty ? size : size + WireWriter.SizeOfBytes(fields.Context.Length);
    }

    /// <summary>Writes a message and returns its size. Local messages are never encoded.</summary>
    public static int Write(Message message, Span<byte> into)
    {
        Invariant.That(
            message is not (StorageAppendResponse or StorageApplyResponse or ForeignMessage), $"{message.Type} does not leave a member");
        MessageFields fields = MessageFields.Of(message);
        var writer = new WireWriter(into);
        writer.Number(1, (ulong)fields.Type);
        writer.Number(2, fields.To);
        writer.Number(3, fields.From);
        Write(ref writer, 4, fields.Term);
        Write(ref writer, 5, fields.LogTerm);
        Write(ref writer, 6, fields.Index);
        for (int i = 0; i < fields.Entries.Count; i++)
        {
            Entry entry = fields.Entries[i];
            writer.Begin(7, SizeOf(entry));
            Write(ref writer, entry);
        }
        Write(ref writer, 8, fields.Commit);
        if (fields.Snapshot is { } snapshot)
        {
            writer.Begin(9, SizeOf(snapshot));
            Write(ref writer, snapshot);
        }
        if (fields.Reject is { } reject)
            writer.Number(10, reject ? 1u : 0u);
        Write(ref writer, 11, fields.RejectHint);
        if (!fields.Context.IsEmpty)
            writer.Bytes(12, fields.Context.Span);
        return writer.Position;
    }

    /// <summary>
    /// Reads a message. A kind that peers do not send becomes a <see cref="ForeignMessage"/>. Entries of an append must follow each other
    /// without a gap.
    /// </summary>
    public static Message ReadMessage(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var fields = new MessageFields { Entries = [] };
        List<Entry>? entries = null;
        SnapshotParts? snapshot = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 7:
                    if (reader.Bytes() is { } entry)
                        (entries ??= []).Add(ReadEntry(entry));
                    break;
                case 9:
                    if (reader.Bytes() is { } part)
                        (snapshot ??= new SnapshotParts()).Add(part);
                    break;
                case 12:
                    fields.Context = reader.Bytes() ?? fields.Context;
                    break;
                default:
                    ReadNumber(ref reader, ref fields);
                    break;
            }
        }
        if (entries is not null)
            fields.Entries = entries;
        fields.Snapshot = snapshot?.ToSnapshot();
        return fields.ToMessage();
    }

    /// <summary>The bytes of a message in an array of their own.</summary>
    public static byte[] ToBytes(Message message)
    {
        byte[] bytes = new byte[SizeOf(message)];
        Write(message, bytes);
        return bytes;
    }

    private static void ReadNumber(ref WireReader reader, ref MessageFields fields)
    {
        switch (reader.Field)
        {
            case 1:
                fields.Type = reader.Number() is { } type ? (int)type : fields.Type;
                break;
            case 2:
                fields.To = reader.Number() ?? fields.To;
                break;
            case 3:
                fields.From = reader.Number() ?? fields.From;
                break;
            case 4:
                fields.Term = reader.Number() ?? fields.Term;
                break;
            case 5:
                fields.LogTerm = reader.Number() ?? fields.LogTerm;
                break;
            case 6:
                fields.Index = reader.Number() ?? fields.Index;
                break;
            case 8:
                fields.Commit = reader.Number() ?? fields.Commit;
                break;
            case 10:
                fields.Reject = reader.Number() is { } reject ? reject != 0 : fields.Reject;
                break;
            case 11:
                fields.RejectHint = reader.Number() ?? fields.RejectHint;
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private static int SizeOf(ulong? number) => number is { } value ? WireWriter.SizeOfNumber(value) : 0;

    private static void Write(ref WireWriter writer, int field, ulong? number)
    {
        if (number is { } value)
            writer.Number(field, value);
    }
}
