using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.KV (contract/api.md, 2.2).</summary>
public sealed class KvService
{
    internal KvService()
    {
    }

    /// <summary>Reads keys at one revision.</summary>
    public ValueTask<RangeResponse> Range(RangeRequest request, CallContext context) => throw new NotSupportedException();

    /// <summary>Reads keys at one revision, in pieces of bounded size.</summary>
    public Task RangeStream(RangeRequest request, IResponseWriter<RangeStreamResponse> responses, CallContext context) => throw new NotSupportedException();

    /// <summary>Writes one key.</summary>
    public ValueTask<PutResponse> Put(PutRequest request, CallContext context) => throw new NotSupportedException();

    /// <summary>Deletes keys.</summary>
    public ValueTask<DeleteRangeResponse> DeleteRange(DeleteRangeRequest request, CallContext context) => throw new NotSupportedException();

    /// <summary>Compares, then does one list of operations or the other, at one revision.</summary>
    public ValueTask<TxnResponse> Txn(TxnRequest request, CallContext context) => throw new NotSupportedException();

    /// <summary>Drops history below a revision.</summary>
    public ValueTask<CompactionResponse> Compact(CompactionRequest request, CallContext context) => throw new NotSupportedException();
}
