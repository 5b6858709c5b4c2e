using Google.Protobuf.Collections;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>
/// The rule that in one branch a key is put at most once and not deleted beside it (contract/api.md, 2.2, Txn, interval rule). Nested
/// transactions are collected in order, so a deletion forbids puts of later siblings and not of earlier ones: etcd does the same.
/// </summary>
internal sealed class TxnIntervals
{
    private static readonly Comparer<ReadOnlyMemory<byte>> ByBytes =
        Comparer<ReadOnlyMemory<byte>>.Create((left, right) => left.Span.SequenceCompareTo(right.Span));

    private readonly SortedSet<ReadOnlyMemory<byte>> _puts = new(ByBytes);
    private readonly KeyIntervals _deletes = new();

    /// <summary>Duplicate key, or null.</summary>
    public static EtcdError? Check(RepeatedField<RequestOp> operations) =>
        new TxnIntervals().TryCollect(operations) ? null : EtcdErrors.DuplicateKey;

    private bool TryCollect(RepeatedField<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange)
                _deletes.Add(operation.RequestDeleteRange.Key.Memory, operation.RequestDeleteRange.RangeEnd.Memory);
        }

        foreach (RequestOp operation in operations)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && !TryCollect(operation.RequestTxn))
                return false;
        }

        foreach (RequestOp operation in operations)
        {
            if (operation.RequestCase != RequestOp.RequestOneofCase.RequestPut)
                continue;
            ReadOnlyMemory<byte> key = operation.RequestPut.Key.Memory;
            if (_deletes.Contains(key.Span) || !_puts.Add(key))
                return false;
        }

        return true;
    }

    private bool TryCollect(TxnRequest nested)
    {
        var then = new TxnIntervals();
        var otherwise = new TxnIntervals();
        if (!then.TryCollect(nested.Success) || !otherwise.TryCollect(nested.Failure))
            return false;
        foreach (ReadOnlyMemory<byte> key in then._puts)
        {
            if (_deletes.Contains(key.Span) || !_puts.Add(key))
                return false;
        }

        foreach (ReadOnlyMemory<byte> key in otherwise._puts)
        {
            // Only one of the two branches will run.
            if (_deletes.Contains(key.Span) || (!_puts.Add(key) && !then._puts.Contains(key)))
                return false;
        }

        _deletes.AddAll(then._deletes);
        _deletes.AddAll(otherwise._deletes);
        return true;
    }
}
