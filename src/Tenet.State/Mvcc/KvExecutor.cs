using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>Carries out requests of the KV service (contract/api.md, 2.2). Headers of responses hold the revision only; the server adds the rest.</summary>
public sealed class KvExecutor(MvccStore store, ILeaseAttachments leases)
{
    /// <summary>Reads. Any thread. Dispose the result.</summary>
    public Outcome<RangeResult> Range(RangeRequest request) => throw new NotImplementedException();

    /// <summary>Puts. Apply thread.</summary>
    public Outcome<PutResponse> Execute(PutRequest request) => throw new NotImplementedException();

    /// <summary>Deletes. Apply thread.</summary>
    public Outcome<DeleteRangeResponse> Execute(DeleteRangeRequest request) => throw new NotImplementedException();

    /// <summary>A transaction. Apply thread, unless <see cref="KvValidation.IsReadOnly"/> holds: then any thread.</summary>
    /// <param name="request">The transaction.</param>
    /// <param name="skipRanges">Leaves ranges out, where nobody waits for their answer.</param>
    public Outcome<TxnResponse> Execute(TxnRequest request, bool skipRanges = false) => throw new NotImplementedException();

    /// <summary>Accepts a compaction; its work is done by <see cref="MvccStore.RunCompactionBatch"/>. Apply thread.</summary>
    public Outcome<CompactionResponse> Execute(CompactionRequest request) => throw new NotImplementedException();

    /// <summary>A streamed range; validate it first.</summary>
    public RangeChunks OpenChunks(RangeRequest request, long maxRequestBytes) => throw new NotImplementedException();

    internal MvccStore Store { get; } = store;

    internal ILeaseAttachments Leases { get; } = leases;
}
