using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Simulation.Checking;

/// <summary>What an answer gives away about its place in the order of all operations.</summary>
internal static class Answers
{
    /// <summary>The revision in the header; 0 if there is none.</summary>
    public static long Revision(IMessage response) => response switch
    {
        RangeResponse range => range.Header?.Revision ?? 0,
        PutResponse put => put.Header?.Revision ?? 0,
        DeleteRangeResponse delete => delete.Header?.Revision ?? 0,
        TxnResponse txn => txn.Header?.Revision ?? 0,
        CompactionResponse compaction => compaction.Header?.Revision ?? 0,
        LeaseGrantResponse grant => grant.Header?.Revision ?? 0,
        LeaseRevokeResponse revoke => revoke.Header?.Revision ?? 0,
        LeaseKeepAliveResponse keepAlive => keepAlive.Header?.Revision ?? 0,
        LeaseTimeToLiveResponse timeToLive => timeToLive.Header?.Revision ?? 0,
        _ => throw new ArgumentException($"no place is known for {response.GetType().Name}", nameof(response)),
    };

    /// <summary>Whether the operation made the revision that its answer names. Unknown, and false, for the end of a lease.</summary>
    public static bool Wrote(IMessage response) => response switch
    {
        PutResponse => true,
        DeleteRangeResponse delete => delete.Deleted > 0,
        TxnResponse txn => txn.Responses.Any(WroteInTxn),
        _ => false,
    };

    /// <summary>Whether the request is answered from one member's state, which may be an old one.</summary>
    public static bool IsLocal(IMessage request) => request switch
    {
        RangeRequest range => range.Serializable,
        TxnRequest txn => txn.Success.Concat(txn.Failure).All(static operation => operation.RequestRange is { Serializable: true }),
        LeaseKeepAliveRequest or LeaseTimeToLiveRequest => true,
        _ => false,
    };

    /// <summary>A copy of the response without what a model cannot know: headers, and leases where only keys were asked for.</summary>
    public static IMessage Comparable(IMessage request, IMessage response)
    {
        switch (response)
        {
            case RangeResponse range:
                RangeResponse rangeCopy = range.Clone();
                Strip(rangeCopy, ((RangeRequest)request).KeysOnly);
                return rangeCopy;
            case PutResponse put:
                return new PutResponse { PrevKv = put.PrevKv };
            case DeleteRangeResponse delete:
                DeleteRangeResponse deleteCopy = delete.Clone();
                deleteCopy.Header = null;
                return deleteCopy;
            case TxnResponse txn:
                TxnResponse txnCopy = txn.Clone();
                Strip((TxnRequest)request, txnCopy);
                return txnCopy;
            default:
                throw new ArgumentException($"{response.GetType().Name} is not compared", nameof(response));
        }
    }

    private static bool WroteInTxn(ResponseOp operation) => operation.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponsePut => true,
        ResponseOp.ResponseOneofCase.ResponseDeleteRange => operation.ResponseDeleteRange.Deleted > 0,
        ResponseOp.ResponseOneofCase.ResponseTxn => Wrote(operation.ResponseTxn),
        _ => false,
    };

    private static void Strip(RangeResponse response, bool keysOnly)
    {
        response.Header = null;
        for (int i = 0; keysOnly && i < response.Kvs.Count; i++)
            response.Kvs[i].Lease = 0;
    }

    private static void Strip(TxnRequest request, TxnResponse response)
    {
        response.Header = null;
        RepeatedField<RequestOp> path = response.Succeeded ? request.Success : request.Failure;
        for (int i = 0; i < response.Responses.Count; i++)
        {
            ResponseOp operation = response.Responses[i];
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponseRange:
                    Strip(operation.ResponseRange, i < path.Count && path[i].RequestRange is { KeysOnly: true });
                    break;
                case ResponseOp.ResponseOneofCase.ResponsePut:
                    operation.ResponsePut.Header = null;
                    break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange:
                    operation.ResponseDeleteRange.Header = null;
                    break;
                case ResponseOp.ResponseOneofCase.ResponseTxn when i < path.Count && path[i].RequestTxn is { } nested:
                    Strip(nested, operation.ResponseTxn);
                    break;
            }
        }
    }
}
