using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.KV</c>.</summary>
public static class KvMethods
{
    /// <summary><c>/etcdserverpb.KV/Range</c></summary>
    public static ClientMethod<RangeRequest, RangeResponse> Range { get; } = ClientMethod.Of<RangeRequest, RangeResponse>("/etcdserverpb.KV/Range");

    /// <summary><c>/etcdserverpb.KV/RangeStream</c></summary>
    public static ClientMethod<RangeRequest, RangeStreamResponse> RangeStream { get; } = ClientMethod.Of<RangeRequest, RangeStreamResponse>("/etcdserverpb.KV/RangeStream");

    /// <summary><c>/etcdserverpb.KV/Put</c></summary>
    public static ClientMethod<PutRequest, PutResponse> Put { get; } = ClientMethod.Of<PutRequest, PutResponse>("/etcdserverpb.KV/Put");

    /// <summary><c>/etcdserverpb.KV/DeleteRange</c></summary>
    public static ClientMethod<DeleteRangeRequest, DeleteRangeResponse> DeleteRange { get; } = ClientMethod.Of<DeleteRangeRequest, DeleteRangeResponse>("/etcdserverpb.KV/DeleteRange");

    /// <summary><c>/etcdserverpb.KV/Txn</c></summary>
    public static ClientMethod<TxnRequest, TxnResponse> Txn { get; } = ClientMethod.Of<TxnRequest, TxnResponse>("/etcdserverpb.KV/Txn");

    /// <summary><c>/etcdserverpb.KV/Compact</c></summary>
    public static ClientMethod<CompactionRequest, CompactionResponse> Compact { get; } = ClientMethod.Of<CompactionRequest, CompactionResponse>("/etcdserverpb.KV/Compact");
}
