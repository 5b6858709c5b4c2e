using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.State.Mvcc;

/// <summary>
/// Carries out requests of the KV service (contract/api.md, 2.2), which <see cref="KvValidation"/> has let pass. Headers of responses hold
/// the revision only; the server adds the rest.
/// </summary>
public sealed class KvExecutor
{
    private readonly MvccStore _store;
    private readonly ILeaseAttachments _leases;
    private readonly RangeReader _ranges;

    /// <summary>Executes against a store and the leases that its keys are attached to.</summary>
    public KvExecutor(MvccStore store, ILeaseAttachments leases)
    {
        _store = store;
        _leases = leases;
        _ranges = new RangeReader(store);
    }

    /// <summary>Reads. Any thread. The result has a header with the revision; dispose it.</summary>
    public Outcome<RangeResult> Range(RangeRequest request) => _ranges.Read(request, default);

    /// <summary>A streamed range, in chunks. Any thread.</summary>
    public RangeChunks OpenChunks(RangeRequest request, long maxRequestBytes) => new(_ranges, request, maxRequestBytes);

    /// <summary>Puts. Apply thread.</summary>
    public Outcome<PutResponse> Execute(PutRequest request)
    {
        if (CheckPut(request, 0) is { } error)
            return error;
        using MvccWrite write = _store.BeginWrite();
        return Put(write, request);
    }

    /// <summary>Deletes. Apply thread.</summary>
    public Outcome<DeleteRangeResponse> Execute(DeleteRangeRequest request)
    {
        using MvccWrite write = _store.BeginWrite();
        return DeleteRange(write, request);
    }

    /// <summary>A transaction. Apply thread, unless <see cref="KvValidation.IsReadOnly"/> holds: then any thread.</summary>
    /// <param name="request">The transaction.</param>
    /// <param name="skipRanges">Leaves the ranges' answers out, where nobody waits for them.</param>
    public Outcome<TxnResponse> Execute(TxnRequest request, bool skipRanges = false)
    {
        var execution = new TxnExecution(this, _ranges, skipRanges);
        return KvValidation.IsReadOnly(request) ? execution.Read(_store, request) : execution.Write(_store, request);
    }

    /// <summary>Accepts a compaction; its work is done by <see cref="MvccStore.RunCompactionBatch"/>. Apply thread.</summary>
    public Outcome<CompactionResponse> Execute(CompactionRequest request)
    {
        if (_store.StartCompaction(request.Revision) is { } error)
            return error;
        return new CompactionResponse { Header = new ResponseHeader { Revision = _store.CurrentRevision } };
    }

    /// <summary>What only the state can refuse about a put.</summary>
    internal EtcdError? CheckPut(PutRequest request, long currentRevision)
    {
        if (request.Lease != 0 && !_leases.Exists(request.Lease))
            return EtcdErrors.LeaseNotFound;
        if ((request.IgnoreValue || request.IgnoreLease) && !_ranges.Exists(request.Key.Span, currentRevision))
            return EtcdErrors.KeyNotFound;
        return null;
    }

    /// <summary>Puts what <see cref="CheckPut"/> has let pass.</summary>
    internal PutResponse Put(MvccWrite write, PutRequest request)
    {
        var response = new PutResponse { Header = new ResponseHeader() };
        ReadOnlySpan<byte> value = request.Value.Span;
        long lease = request.Lease;
        if (request.IgnoreValue || request.IgnoreLease || request.PrevKv)
        {
            KeyValue? previous = _ranges.Find(request.Key.Span, write.Revision);
            if (request.IgnoreValue && previous != null)
                value = previous.Value.Span;
            if (request.IgnoreLease && previous != null)
                lease = previous.Lease;
            if (request.PrevKv)
                response.PrevKv = previous;
        }

        response.Header.Revision = write.Put(request.Key.Span, value, lease);
        return response;
    }

    /// <summary>Deletes.</summary>
    internal DeleteRangeResponse DeleteRange(MvccWrite write, DeleteRangeRequest request)
    {
        var response = new DeleteRangeResponse { Header = new ResponseHeader() };
        if (request.PrevKv)
            response.PrevKvs.AddRange(_ranges.FindAll(request.Key.Span, request.RangeEnd.Span, write.Revision));
        response.Deleted = write.DeleteRange(request.Key.Span, request.RangeEnd.Span);
        response.Header.Revision = write.Revision;
        return response;
    }
}
