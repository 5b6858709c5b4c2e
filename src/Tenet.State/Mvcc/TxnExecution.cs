using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>
/// One transaction (contract/api.md, 2.2, Txn): all compares first, on the state before it; then the chosen path is checked; then it is
/// carried out, which cannot fail any more.
/// </summary>
internal sealed class TxnExecution(KvExecutor executor, RangeReader ranges, bool skipRanges)
{
    // The outcome of each transaction on the chosen path, in the order they are met.
    private readonly List<bool> _path = [];
    private int _next;

    public Outcome<TxnResponse> Read(MvccStore store, TxnRequest request)
    {
        using ReadView view = store.OpenView();
        var context = new ReadContext(view, 0);
        Compare(request, context);
        if (Check(request, view.CurrentRevision, view.CompactRevision) is { } error)
            return error;
        _next = 0;
        TxnResponse response = Execute(request, null, context);
        response.Header.Revision = view.CurrentRevision;
        return response;
    }

    public Outcome<TxnResponse> Write(MvccStore store, TxnRequest request)
    {
        Compare(request, default);
        if (Check(request, store.CurrentRevision, store.CompactRevision) is { } error)
            return error;
        _next = 0;
        using MvccWrite write = store.BeginWrite();
        TxnResponse response = Execute(request, write, default);
        response.Header.Revision = write.Revision;
        return response;
    }

    private void Compare(TxnRequest request, ReadContext context)
    {
        bool succeeded = true;
        foreach (Compare compare in request.Compare)
        {
            succeeded = ranges.Holds(compare, context);
            if (!succeeded)
                break;
        }

        _path.Add(succeeded);
        foreach (RequestOp operation in succeeded ? request.Success : request.Failure)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn)
                Compare(operation.RequestTxn, context);
        }
    }

    private EtcdError? Check(TxnRequest request, long current, long compact)
    {
        foreach (RequestOp operation in _path[_next++] ? request.Success : request.Failure)
        {
            EtcdError? error = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => CheckRange(operation.RequestRange, current, compact),
                RequestOp.RequestOneofCase.RequestPut => executor.CheckPut(operation.RequestPut, current),
                RequestOp.RequestOneofCase.RequestTxn => Check(operation.RequestTxn, current, compact),
                _ => null,
            };
            if (error != null)
                return error;
        }

        return null;
    }

    // Unlike a range on its own, one with a negative revision is compared with the compact revision.
    private static EtcdError? CheckRange(RangeRequest request, long current, long compact)
    {
        if (request.Revision == 0)
            return null;
        if (request.Revision > current)
            return EtcdErrors.FutureRevision;
        return request.Revision < compact ? EtcdErrors.Compacted : null;
    }

    private TxnResponse Execute(TxnRequest request, MvccWrite? write, ReadContext context)
    {
        bool succeeded = _path[_next++];
        var response = new TxnResponse { Header = new ResponseHeader(), Succeeded = succeeded };
        foreach (RequestOp operation in succeeded ? request.Success : request.Failure)
        {
            var answer = new ResponseOp();
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestRange:
                    answer.ResponseRange = Range(operation.RequestRange, write, context);
                    break;
                case RequestOp.RequestOneofCase.RequestPut:
                    answer.ResponsePut = executor.Put(write!, operation.RequestPut);
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    answer.ResponseDeleteRange = executor.DeleteRange(write!, operation.RequestDeleteRange);
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    answer.ResponseTxn = Execute(operation.RequestTxn, write, context);
                    break;
            }

            response.Responses.Add(answer);
        }

        return response;
    }

    private RangeResponse Range(RangeRequest request, MvccWrite? write, ReadContext context)
    {
        if (skipRanges)
            return new RangeResponse { Header = new ResponseHeader { Revision = write?.Revision ?? context.View!.CurrentRevision } };
        Outcome<RangeResult> outcome = ranges.Read(request, write == null ? context : new ReadContext(null, write.Revision));
        Foundation.Invariant.That(!outcome.IsRefused, $"a range failed after its transaction was checked: {outcome.Error}");
        using RangeResult result = outcome.Response;
        return result.ToResponse();
    }
}
