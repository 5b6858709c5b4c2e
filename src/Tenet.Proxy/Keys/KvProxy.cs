using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Owning;

namespace Tenet.Proxy.Keys;

/// <summary>The KV service: keys are moved into the namespace, and serializable ranges of callers without a token may be answered from the cache.</summary>
internal sealed class KvProxy(Upstream upstream, KeyPrefix prefix, RangeCache? cache, RevisionOrder? order, LeasingKv? leasing, ProxyMetrics metrics)
{
    public IReadOnlyList<Method> Rows =>
    [
        MethodRows.Unary(KvMethods.Range, RangeAsync),
        new ServerStreamMethod<RangeRequest, RangeStreamResponse>(
            KvMethods.RangeStream.Path, KvMethods.RangeStream.RequestCodec, KvMethods.RangeStream.ResponseCodec, RangeStreamAsync),
        MethodRows.Unary(KvMethods.Put, PutAsync),
        MethodRows.Unary(KvMethods.DeleteRange, DeleteRangeAsync),
        MethodRows.Unary(KvMethods.Txn, TxnAsync),
        MethodRows.Unary(KvMethods.Compact, CompactAsync),
    ];

    private async ValueTask<RangeResponse> RangeAsync(RangeRequest request, CallContext context)
    {
        Caller caller = Caller.Of(context);
        prefix.Add(request);
        if (leasing is not null && await leasing.RangeAsync(request, caller, context.Cancellation) is { } owned)
        {
            order?.Saw(owned.Header?.Revision ?? 0);
            prefix.Strip(owned);
            return owned;
        }
        if (cache is null || !caller.IsAnonymous)
            return await AskRangeAsync(request, caller, context.Cancellation);

        bool serializable = request.Serializable;
        // Whoever wants the newest answer gets it, and leaves it for those who do not care.
        request.Serializable = true;
        ByteString name = request.ToByteString();
        if (serializable)
        {
            if (cache.Find(name) is { } kept)
            {
                metrics.CacheHits.Add(1);
                return kept;
            }
            metrics.CacheMisses.Add(1);
        }
        request.Serializable = serializable;
        KeyRange range = new(request.Key, request.RangeEnd);
        long era = cache.Era;
        RangeResponse response = await AskRangeAsync(request, caller, context.Cancellation);
        cache.Add(era, name, range, response);
        return response;
    }

    private async ValueTask<RangeResponse> AskRangeAsync(RangeRequest request, Caller caller, CancellationToken cancellation)
    {
        RangeResponse response = order is null
            ? await upstream.CallAsync(KvMethods.Range, request, caller, cancellation)
            : await order.InOrderAsync(() => upstream.CallAsync(KvMethods.Range, request, caller, cancellation), static response => response.Header?.Revision ?? 0);
        prefix.Strip(response);
        return response;
    }

    private async Task RangeStreamAsync(RangeRequest request, IResponseWriter<RangeStreamResponse> output, CallContext context)
    {
        prefix.Add(request);
        IResponseWriter<RangeStreamResponse> stripping = prefix.IsEmpty ? output : new StrippingWriter(output, prefix);
        await upstream.StreamAsync(KvMethods.RangeStream, request, stripping, Caller.Of(context), context.Cancellation);
    }

    private ValueTask<PutResponse> PutAsync(PutRequest request, CallContext context)
    {
        prefix.Add(request);
        return WriteAsync([new KeyRange(request.Key, ByteString.Empty)], static response => response.Header?.Revision ?? 0, async () =>
        {
            Caller caller = Caller.Of(context);
            PutResponse response = leasing is null
                ? await upstream.CallAsync(KvMethods.Put, request, caller, context.Cancellation)
                : await leasing.PutAsync(request, caller, context.Cancellation);
            prefix.Strip(response);
            return response;
        });
    }

    private ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request, CallContext context)
    {
        prefix.Add(request);
        return WriteAsync([new KeyRange(request.Key, request.RangeEnd)], static response => response.Header?.Revision ?? 0, async () =>
        {
            Caller caller = Caller.Of(context);
            DeleteRangeResponse response = leasing is null
                ? await upstream.CallAsync(KvMethods.DeleteRange, request, caller, context.Cancellation)
                : await leasing.DeleteRangeAsync(request, caller, context.Cancellation);
            prefix.Strip(response);
            return response;
        });
    }

    private ValueTask<TxnResponse> TxnAsync(TxnRequest request, CallContext context)
    {
        prefix.Add(request);
        List<KeyRange> written = [];
        AddWritten(request.Success, written);
        AddWritten(request.Failure, written);
        // Whoever compares believes to know these keys; what is kept of them may be what misled him.
        List<KeyRange> compared = [.. request.Compare.Select(static compare => new KeyRange(compare.Key, compare.RangeEnd))];
        return WriteAsync([.. written, .. compared], static response => response.Header?.Revision ?? 0, async () =>
        {
            ValueTask<TxnResponse> Ask() => leasing is null
                ? upstream.CallAsync(KvMethods.Txn, request, Caller.Of(context), context.Cancellation)
                : leasing.TxnAsync(request, written, Caller.Of(context), context.Cancellation);
            TxnResponse response = order is not null && IsReadOnly(request) ? await order.InOrderAsync(Ask, static response => response.Header?.Revision ?? 0) : await Ask();
            prefix.Strip(response);
            return response;
        });
    }

    private async ValueTask<CompactionResponse> CompactAsync(CompactionRequest request, CallContext context)
    {
        try
        {
            return await upstream.CallAsync(KvMethods.Compact, request, Caller.Of(context), context.Cancellation);
        }
        finally
        {
            // Among it may be revisions that there are no more.
            cache?.Clear();
        }
    }

    private async ValueTask<TResponse> WriteAsync<TResponse>(IReadOnlyList<KeyRange> written, Func<TResponse, long> revisionOf, Func<Task<TResponse>> write)
    {
        cache?.Invalidate(written, revision: 0);
        long revision = 0;
        try
        {
            TResponse response = await write();
            revision = revisionOf(response);
            order?.Saw(revision);
            return response;
        }
        finally
        {
            // Once more, also if it seems to have failed: somebody may have read meanwhile.
            cache?.Invalidate(written, revision);
        }
    }

    private static void AddWritten(RepeatedField<RequestOp> operations, List<KeyRange> written)
    {
        foreach (RequestOp operation in operations)
        {
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestPut:
                    written.Add(new KeyRange(operation.RequestPut.Key, ByteString.Empty));
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    written.Add(new KeyRange(operation.RequestDeleteRange.Key, operation.RequestDeleteRange.RangeEnd));
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    AddWritten(operation.RequestTxn.Success, written);
                    AddWritten(operation.RequestTxn.Failure, written);
                    break;
            }
        }
    }

    private static bool IsReadOnly(TxnRequest request)
    {
        foreach (RequestOp operation in request.Success.Concat(request.Failure))
        {
            bool reads = operation.RequestCase == RequestOp.RequestOneofCase.RequestRange
                || (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && IsReadOnly(operation.RequestTxn));
            if (!reads)
                return false;
        }
        return true;
    }
}
