using Google.Protobuf.Collections;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>The checks of the request path, before anything is proposed, in etcd's order (contract/api.md, 2.2). Null means acceptable.</summary>
public static class KvValidation
{
    private const long PutOverhead = 256;

    /// <summary>Checks a range.</summary>
    public static EtcdError? Check(RangeRequest request)
    {
        if (request.Key.IsEmpty)
            return EtcdErrors.EmptyKey;
        bool known = request.SortOrder is >= RangeRequest.Types.SortOrder.None and <= RangeRequest.Types.SortOrder.Descend
            && request.SortTarget is >= RangeRequest.Types.SortTarget.Key and <= RangeRequest.Types.SortTarget.Value;
        return known ? null : EtcdErrors.InvalidSortOption;
    }

    /// <summary>Checks a streamed range.</summary>
    public static EtcdError? CheckStream(RangeRequest request)
    {
        if (Check(request) is { } error)
            return error;
        if (!RangeReader.IsDefaultOrder(request))
            return EtcdErrors.RangeStreamSort;
        return RangeReader.HasFilters(request) ? EtcdErrors.RangeStreamFilters : null;
    }

    /// <summary>Checks a put.</summary>
    public static EtcdError? Check(PutRequest request)
    {
        if (request.Key.IsEmpty)
            return EtcdErrors.EmptyKey;
        if (request.IgnoreValue && !request.Value.IsEmpty)
            return EtcdErrors.ValueIsProvided;
        return request.IgnoreLease && request.Lease != 0 ? EtcdErrors.LeaseIsProvided : null;
    }

    /// <summary>Checks a deletion.</summary>
    public static EtcdError? Check(DeleteRangeRequest request) => request.Key.IsEmpty ? EtcdErrors.EmptyKey : null;

    /// <summary>Checks a transaction: its size and each part of it, then that no key is put twice, or put and deleted.</summary>
    public static EtcdError? Check(TxnRequest request, int maxTxnOps) =>
        CheckOperations(request, maxTxnOps) ?? TxnIntervals.Check(request.Success) ?? TxnIntervals.Check(request.Failure);

    /// <summary>Every top-level operation of both branches is a range, so nothing is replicated.</summary>
    public static bool IsReadOnly(TxnRequest request) => AllRanges(request.Success, serializable: false) && AllRanges(request.Failure, serializable: false);

    /// <summary>It is read-only and every range in it is serializable (or there is none), so no ReadIndex is needed.</summary>
    public static bool IsSerializable(TxnRequest request) => AllRanges(request.Success, serializable: true) && AllRanges(request.Failure, serializable: true);

    /// <summary>What a put costs against the quota, in bytes (contract/api.md, 2.6).</summary>
    public static long QuotaCost(PutRequest request) => PutOverhead + request.Key.Length + request.Value.Length;

    /// <summary>What a transaction costs against the quota, in bytes; 0 if it puts nothing.</summary>
    public static long QuotaCost(TxnRequest request) => Math.Max(QuotaCost(request.Success), QuotaCost(request.Failure));

    private static long QuotaCost(RepeatedField<RequestOp> operations)
    {
        long cost = 0;
        foreach (RequestOp operation in operations)
        {
            cost += operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestPut => QuotaCost(operation.RequestPut),
                RequestOp.RequestOneofCase.RequestTxn => QuotaCost(operation.RequestTxn),
                _ => 0,
            };
        }

        return cost;
    }

    private static bool AllRanges(RepeatedField<RequestOp> operations, bool serializable)
    {
        foreach (RequestOp operation in operations)
        {
            if (operation.RequestCase != RequestOp.RequestOneofCase.RequestRange || (serializable && !operation.RequestRange.Serializable))
                return false;
        }

        return true;
    }

    private static EtcdError? CheckOperations(TxnRequest request, int budget)
    {
        int widest = Math.Max(request.Compare.Count, Math.Max(request.Success.Count, request.Failure.Count));
        if (widest > budget)
            return EtcdErrors.TooManyOps;
        foreach (Compare compare in request.Compare)
        {
            if (compare.Key.IsEmpty)
                return EtcdErrors.EmptyKey;
        }

        return CheckBranch(request.Success, budget - widest) ?? CheckBranch(request.Failure, budget - widest);
    }

    private static EtcdError? CheckBranch(RepeatedField<RequestOp> operations, int budget)
    {
        foreach (RequestOp operation in operations)
        {
            EtcdError? error = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => Check(operation.RequestRange),
                RequestOp.RequestOneofCase.RequestPut => Check(operation.RequestPut),
                RequestOp.RequestOneofCase.RequestDeleteRange => Check(operation.RequestDeleteRange),
                RequestOp.RequestOneofCase.RequestTxn => CheckOperations(operation.RequestTxn, budget),
                _ => EtcdErrors.KeyNotFound,
            };
            if (error != null)
                return error;
        }

        return null;
    }
}
