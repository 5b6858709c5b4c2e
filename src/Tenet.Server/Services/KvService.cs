using System.Diagnostics;
using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Observability;
using Tenet.Server.Requests;
using Tenet.State.Auth;
using Tenet.State.Mvcc;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.KV (contract/api.md, 2.2). Refusals leave as <see cref="RefusalException"/>.</summary>
public sealed class KvService
{
    private const string Agreement = "agreement among raft nodes before linearized reading";
    private const string ProcessedByRaft = "process raft request";

    private readonly MemberCore _core;

    internal KvService(MemberCore core) => _core = core;

    /// <summary>Reads keys at one revision. Whoever gets the result disposes it; writing it through its codec does.</summary>
    public async ValueTask<RangeResult> Range(RangeRequest request, CallContext context)
    {
        if (KvValidation.Check(request) is { } invalid)
            throw invalid.ToException();
        var trace = new RequestTrace(_core.Clock);
        bool success = false;
        try
        {
            if (!request.Serializable)
            {
                using Activity? agreeing = RequestSpans.Begin("read index");
                await _core.Reads.WaitAsync(context.Cancellation);
            }
            trace.Step(Agreement);
            RangeResult result;
            using (RequestSpans.Begin("range"))
                result = _core.Access.IsOn ? await ReadAllowedAsync(request, context) : Read(request);
            trace.Step("range keys from in-memory index tree");
            success = true;
            if (trace.IsSlow)
                LogSlowRange(in trace, request, result);
            return result;
        }
        finally
        {
            _core.Observe("Range", success, trace.Elapsed);
        }
    }

    /// <summary>Reads keys at one revision, in pieces of bounded size.</summary>
    public async Task RangeStream(RangeRequest request, IResponseWriter<RangeResult> responses, CallContext context)
    {
        if (KvValidation.CheckStream(request) is { } invalid)
            throw invalid.ToException();
        if (!request.Serializable)
            await _core.Reads.WaitAsync(context.Cancellation);

        AuthIdentity who = await AllowAsync(request, context);
        RangeChunks chunks = _core.Executor.OpenChunks(request, _core.Options.MaxRequestBytes);
        while (!chunks.IsFinished)
        {
            Outcome<RangeResult> chunk = chunks.Next();
            if (chunk.IsRefused)
                throw chunk.Error.ToException();
            if (chunks.IsFinished)
                chunk.Response.Header = _core.Headers.Fill(chunk.Response.Header ?? new ResponseHeader { Revision = chunk.Response.Revision });
            await responses.WriteAsync(chunk.Response, context.Cancellation);
        }

        _core.Access.RequireUnchanged(who);
    }

    /// <summary>Writes one key.</summary>
    public async ValueTask<PutResponse> Put(PutRequest request, CallContext context)
    {
        await _core.Quota.RequireAsync(KvValidation.QuotaCost(request));
        if (KvValidation.Check(request) is { } invalid)
            throw invalid.ToException();
        PendingRequest pending = await _core.SubmitAsync(new InternalRaftRequest { Put = request }, context);
        PutResponse response = Unwrap<PutResponse>("Put", pending, await pending.Task);
        response.Header = _core.Headers.Fill(response.Header);
        RequestTrace trace = Traced(pending, "store kv pair into bolt db");
        _core.Observe("Put", true, trace.Elapsed);
        if (trace.IsSlow)
        {
            trace.Log(
                _core.Log,
                "put",
                new LogField("key", request.Key.ToStringUtf8()),
                new LogField("req_size", request.CalculateSize()),
                new LogField("response_revision", response.Header.Revision));
        }

        return response;
    }

    /// <summary>Deletes keys.</summary>
    public async ValueTask<DeleteRangeResponse> DeleteRange(DeleteRangeRequest request, CallContext context)
    {
        if (KvValidation.Check(request) is { } invalid)
            throw invalid.ToException();
        PendingRequest pending = await _core.SubmitAsync(new InternalRaftRequest { DeleteRange = request }, context);
        DeleteRangeResponse response = Unwrap<DeleteRangeResponse>("DeleteRange", pending, await pending.Task);
        response.Header = _core.Headers.Fill(response.Header);
        RequestTrace trace = Traced(pending, "delete keys from bolt db");
        _core.Observe("DeleteRange", true, trace.Elapsed);
        if (trace.IsSlow)
        {
            trace.Log(
                _core.Log,
                "delete_range",
                new LogField("key", request.Key.ToStringUtf8()),
                new LogField("range_end", request.RangeEnd.ToStringUtf8()),
                new LogField("deleted", response.Deleted),
                new LogField("response_revision", response.Header.Revision));
        }

        return response;
    }

    /// <summary>Compares, then does one list of operations or the other, all at one revision.</summary>
    public async ValueTask<TxnResponse> Txn(TxnRequest request, CallContext context)
    {
        await _core.Quota.RequireAsync(KvValidation.QuotaCost(request));
        if (KvValidation.Check(request, _core.Options.MaxTransactionOperations) is { } invalid)
            throw invalid.ToException();
        if (KvValidation.IsReadOnly(request))
            return await ReadOnlyTxn(request, context);

        PendingRequest pending = await _core.SubmitAsync(new InternalRaftRequest { Txn = request }, context);
        TxnResponse response = Unwrap<TxnResponse>("Txn", pending, await pending.Task);
        response.Header = _core.Headers.Fill(response.Header);
        RequestTrace trace = Traced(pending, "apply the chosen operations");
        _core.Observe("Txn", true, trace.Elapsed);
        if (trace.IsSlow)
            LogSlowTransaction(in trace, readOnly: false, response);
        return response;
    }

    /// <summary>Drops history below a revision; with <c>physical</c>, completes after it is gone from the disk.</summary>
    public async ValueTask<CompactionResponse> Compact(CompactionRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        PendingRequest pending = await _core.SubmitAsync(new InternalRaftRequest { Compaction = request }, context);
        CompactionResponse response = Unwrap<CompactionResponse>("Compaction", pending, await pending.Task);
        RequestTrace trace = Traced(pending, "check and update compact revision");
        if (request.Physical)
        {
            // The work must be done and committed, or a crash would take it up again.
            await _core.Compaction.WhenFinished(request.Revision).WaitAsync(context.Cancellation);
            await _core.Commits.CommitAsync().WaitAsync(context.Cancellation);
            trace.Step("physically apply compaction");
        }

        response.Header = _core.Headers.Fill(new ResponseHeader());
        _core.Observe("Compaction", true, trace.Elapsed);
        if (trace.IsSlow)
            trace.Log(_core.Log, "compact", new LogField("revision", request.Revision), new LogField("response_revision", response.Header.Revision));
        return response;
    }

    /// <exception cref="RefusalException">The caller may not read that.</exception>
    private async ValueTask<AuthIdentity> AllowAsync(RangeRequest request, CallContext context)
    {
        AuthIdentity who = await _core.Access.IdentifyAsync(context);
        return _core.Access.For(who).Check(request) is { } refusal ? throw _core.Access.Refuse(who, request.Key.Span, refusal) : who;
    }

    private async ValueTask<RangeResult> ReadAllowedAsync(RangeRequest request, CallContext context)
    {
        AuthIdentity who = await AllowAsync(request, context);
        RangeResult result = Read(request);
        try
        {
            _core.Access.RequireUnchanged(who);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private RangeResult Read(RangeRequest request)
    {
        long startedAt = _core.Clock.GetTimestamp();
        Outcome<RangeResult> outcome = _core.Executor.Range(request);
        _core.Metrics.Ranges.Increment();
        _core.Metrics.RangeDuration.With(outcome.IsRefused ? "false" : "true").Observe(_core.Clock.GetElapsedTime(startedAt).TotalSeconds);
        if (outcome.IsRefused)
            throw outcome.Error.ToException();
        outcome.Response.Header = _core.Headers.Fill(new ResponseHeader { Revision = outcome.Response.Revision });
        return outcome.Response;
    }

    private async ValueTask<TxnResponse> ReadOnlyTxn(TxnRequest request, CallContext context)
    {
        var trace = new RequestTrace(_core.Clock);
        bool success = false;
        try
        {
            if (!KvValidation.IsSerializable(request))
                await _core.Reads.WaitAsync(context.Cancellation);
            trace.Step(Agreement);
            AuthIdentity who = await _core.Access.IdentifyAsync(context);
            if (_core.Access.For(who).Check(request) is { } denied)
                throw _core.Access.Refuse(who, AuthLines.FirstKey(request).Span, denied);
            Outcome<TxnResponse> outcome = _core.Executor.Execute(request);
            _core.Access.RequireUnchanged(who);
            if (outcome.IsRefused)
                throw outcome.Error.ToException();
            trace.Step("range keys from in-memory index tree");
            outcome.Response.Header = _core.Headers.Fill(outcome.Response.Header);
            success = true;
            if (trace.IsSlow)
                LogSlowTransaction(in trace, readOnly: true, outcome.Response);
            return outcome.Response;
        }
        finally
        {
            _core.Observe("ReadonlyTxn", success, trace.Elapsed);
        }
    }

    private T Unwrap<T>(string kind, PendingRequest pending, RequestResult result)
        where T : class, IMessage
    {
        if (result.Error is not { } refusal)
            return (T)result.Response!;
        _core.Observe(kind, false, _core.Clock.GetElapsedTime(pending.StartedAt));
        throw refusal.ToException();
    }

    private RequestTrace Traced(PendingRequest pending, string applyStep)
    {
        var trace = new RequestTrace(_core.Clock) { StartedAt = pending.StartedAt };
        trace.Step(ProcessedByRaft, pending.ApplyStartedAt);
        trace.Step(applyStep, pending.AppliedAt);
        return trace;
    }

    private void LogSlowRange(in RequestTrace trace, RangeRequest request, RangeResult result) => trace.Log(
        _core.Log,
        "range",
        new LogField("range_begin", request.Key.ToStringUtf8()),
        new LogField("range_end", request.RangeEnd.ToStringUtf8()),
        new LogField("response_count", result.KvCount),
        new LogField("response_revision", result.Revision));

    private void LogSlowTransaction(in RequestTrace trace, bool readOnly, TxnResponse response) => trace.Log(
        _core.Log,
        "transaction",
        new LogField("read_only", readOnly ? "true" : "false"),
        new LogField("response_revision", response.Header.Revision),
        new LogField("number_of_response", response.Responses.Count));
}
