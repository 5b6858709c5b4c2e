using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Wal.Records;

/// <summary>The bytes of walpb.Snapshot (contract/storage.md, 2.4).</summary>
internal static class SnapshotRecord
{
    public static int SizeOf(WalSnapshot snapshot)
    {
        int size = 2 + VarintBytes(snapshot.Index) + VarintBytes(snapshot.Term);
        if (snapshot.ConfState is null)
            return size;
        int members = RaftCodec.SizeOf(snapshot.ConfState);
        return size + 1 + VarintBytes((ulong)members) + members;
    }

    public static void Write(WalSnapshot snapshot, Span<byte> into)
    {
        int position = WriteField(into, 0, 1 << 3, snapshot.Index);
        position = WriteField(into, position, 2 << 3, snapshot.Term);
        if (snapshot.ConfState is null)
            return;
        position = WriteField(into, position, 3 << 3 | 2, (ulong)RaftCodec.SizeOf(snapshot.ConfState));
        RaftCodec.Write(snapshot.ConfState, into[position..]);
    }

    public static WalSnapshot Read(in Record record)
    {
        ulong index = 0;
        ulong term = 0;
        ConfState? members = null;
        var fields = new ProtoFields(record.Data.Span);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1 when !fields.HoldsBytes:
                    index = fields.Number;
                    break;
                case 2 when !fields.HoldsBytes:
                    term = fields.Number;
                    break;
                case 3 when fields.HoldsBytes:
                    members = ReadMembers(record, fields.Start, fields.Length);
                    break;
            }
        }

        if (fields.Malformed is not null || record.Data.IsEmpty)
            throw record.Corrupt("a snapshot record", fields.Malformed ?? "no data");
        return new WalSnapshot(index, term, members);
    }

    private static ConfState ReadMembers(in Record record, int start, int length)
    {
        try
        {
            return RaftCodec.ReadConfState(record.Data.Slice(start, length));
        }
        catch (RaftWireException malformed)
        {
            throw record.Corrupt("the membership of a snapshot", malformed.Message);
        }
    }

    private static int WriteField(Span<byte> into, int position, byte tag, ulong value)
    {
        into[position++] = tag;
        while (value >= 0x80)
        {
            into[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[position++] = (byte)value;
        return position;
    }

    private static int VarintBytes(ulong value) => (System.Numerics.BitOperations.Log2(value | 1) + 7) / 7;
}
