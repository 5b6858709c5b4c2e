using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.History;

/// <summary>Draws requests from a seed. What it draws depends on the seed and on the revision it is told, never on anything else.</summary>
internal sealed class RandomRequests(SeededRandom random)
{
    private const int Leases = 6;

    /// <summary>The newest revision, which revisions in requests are drawn around.</summary>
    public long Revision { get; set; } = 1;

    public long Lease() => 1000 + random.Next(Leases);

    public int Kind(int kinds) => random.Next(kinds);

    public PutRequest Put()
    {
        PutRequest put = new() { Key = Key(), Value = Value(), PrevKv = random.Chance(0.3) };
        if (random.Chance(0.2))
            put.Lease = Lease();
        if (random.Chance(0.05))
            put.IgnoreLease = true;
        if (random.Chance(0.05))
            put.IgnoreValue = true;
        if (put.IgnoreValue && random.Chance(0.8))
            put.Value = ByteString.Empty;
        return put;
    }

    public DeleteRangeRequest Delete()
    {
        DeleteRangeRequest delete = new() { Key = Key(), PrevKv = random.Chance(0.5) };
        if (random.Chance(0.25))
            delete.RangeEnd = End();
        return delete;
    }

    public RangeRequest Range()
    {
        RangeRequest range = new() { Key = Key(), Serializable = random.Chance(0.3) };
        if (random.Chance(0.7))
            range.RangeEnd = End();
        if (random.Chance(0.2))
            (range.Key, range.RangeEnd) = (Wire.EtcdClient.Zero, Wire.EtcdClient.Zero);
        if (random.Chance(0.3))
            range.Revision = Math.Max(-1, Revision - random.Next(60) + 3);
        switch (random.Next(6))
        {
            case 0:
                range.CountOnly = true;
                break;
            case 1:
                range.KeysOnly = true;
                break;
            case 2:
                range.Limit = random.Next(-1, 8);
                break;
            case 3:
                range.SortOrder = (RangeRequest.Types.SortOrder)random.Next(3);
                range.SortTarget = (RangeRequest.Types.SortTarget)random.Next(5);
                break;
            case 4:
                range.MinModRevision = random.Next(3) * Revision / 3;
                range.MaxModRevision = random.Next(3) * Revision / 2;
                range.MinCreateRevision = random.Next(3) * Revision / 4;
                range.MaxCreateRevision = random.Next(3) * Revision / 2;
                break;
        }
        return range;
    }

    public TxnRequest Txn(int depth)
    {
        TxnRequest txn = new();
        for (int i = random.Next(4); i > 0; i--)
            txn.Compare.Add(Compare());
        for (int i = random.Next(4); i > 0; i--)
            txn.Success.Add(Operation(depth));
        for (int i = random.Next(4); i > 0; i--)
            txn.Failure.Add(Operation(depth));
        return txn;
    }

    private RequestOp Operation(int depth) => random.Next(depth > 0 ? 8 : 7) switch
    {
        0 or 1 or 2 => new RequestOp { RequestPut = Put() },
        3 => new RequestOp { RequestDeleteRange = Delete() },
        7 => new RequestOp { RequestTxn = Txn(depth - 1) },
        _ => new RequestOp { RequestRange = Range() },
    };

    private Compare Compare()
    {
        Compare compare = new() { Key = Key(), Result = (Compare.Types.CompareResult)random.Next(4) };
        switch (random.Next(5))
        {
            case 0:
                (compare.Target, compare.Version) = (Protocol.Etcdserverpb.Compare.Types.CompareTarget.Version, random.Next(4));
                break;
            case 1:
                (compare.Target, compare.CreateRevision) = (Protocol.Etcdserverpb.Compare.Types.CompareTarget.Create, random.Next(2) * (Revision - random.Next(50)));
                break;
            case 2:
                (compare.Target, compare.ModRevision) = (Protocol.Etcdserverpb.Compare.Types.CompareTarget.Mod, Revision - random.Next(50));
                break;
            case 3:
                (compare.Target, compare.Value) = (Protocol.Etcdserverpb.Compare.Types.CompareTarget.Value, Value());
                break;
            default:
                (compare.Target, compare.Lease) = (Protocol.Etcdserverpb.Compare.Types.CompareTarget.Lease, random.Next(2) * Lease());
                break;
        }
        if (random.Chance(0.2))
            compare.RangeEnd = End();
        return compare;
    }

    private ByteString Key() => ByteString.CopyFromUtf8("key/" + (char)('a' + random.Next(5)) + (char)('0' + random.Next(6)));

    private ByteString End() => random.Chance(0.2) ? Wire.EtcdClient.Zero : ByteString.CopyFromUtf8("key/" + (char)('a' + random.Next(6)));

    private ByteString Value()
    {
        if (random.Chance(0.5))
            return ByteString.CopyFrom((byte)('0' + random.Next(5)));
        byte[] bytes = new byte[random.Next(random.Chance(0.02) ? 20_000 : 60)];
        random.Fill(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
