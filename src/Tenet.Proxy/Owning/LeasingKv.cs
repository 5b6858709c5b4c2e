using Google.Protobuf;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Owning;

/// <summary>
/// Reads and writes under etcd's leasing protocol. A read of a single key makes this proxy the key's owner, and is answered from memory as long as
/// it is that. A write is carried out only if nobody else owns what it changes; until then owners are asked to hand it back. Only callers without
/// credentials are answered from memory, and only what such a caller was answered.
/// </summary>
/// <param name="upstream">The servers.</param>
/// <param name="keys">Where ownership is written down.</param>
/// <param name="owned">What this proxy owns.</param>
/// <param name="store">Who owns what, in the servers.</param>
/// <param name="log">Told of what could not be handed back.</param>
/// <param name="stopping">The end of the proxy.</param>
internal sealed class LeasingKv(Upstream upstream, LeasingKeys keys, OwnedKeys owned, LeasingStore store, ILog log, CancellationToken stopping)
{
    /// <summary>The answer to a read of a key that is owned, perhaps from now on; null if the servers must answer it as any other.</summary>
    public async ValueTask<RangeResponse?> RangeAsync(RangeRequest request, Caller caller, CancellationToken cancellation)
    {
        if (!MayOwn(request, caller))
            return null;
        if (owned.Find(request.Key) is { } kept)
            return Shape(kept, request);
        if (request.Serializable || owned.Ask(request.Key, out OwnedKey? makesRoom) is not { } question)
            return null;
        if (makesRoom is not null)
            HandBack([makesRoom]);
        try
        {
            TxnResponse response = question.Revision == 0
                ? await store.AcquireAsync(request.Key, question.Lease, cancellation)
                : await store.ReadAsync(request.Key, question.Revision, cancellation);
            RangeResponse answer = response.Responses[0].ResponseRange;
            answer.Header = response.Header;
            Learn(question, response, answer);
            return Shape(answer, request);
        }
        catch (RefusalException refusal)
        {
            owned.NotAnswered(question);
            log.Debug("a key could not be owned", new LogField("error", refusal.Message));
            return null;
        }
        catch
        {
            owned.NotAnswered(question);
            throw;
        }
    }

    public async ValueTask<PutResponse> PutAsync(PutRequest request, Caller caller, CancellationToken cancellation)
    {
        TxnResponse done = await WriteAsync(
            [new KeyRange(request.Key, ByteString.Empty)], new TxnRequest { Success = { new RequestOp { RequestPut = request } } }, caller, cancellation);
        PutResponse response = done.Responses[0].ResponsePut;
        response.Header = done.Header;
        return response;
    }

    public async ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request, Caller caller, CancellationToken cancellation)
    {
        TxnResponse done = await WriteAsync(
            [new KeyRange(request.Key, request.RangeEnd)], new TxnRequest { Success = { new RequestOp { RequestDeleteRange = request } } }, caller, cancellation);
        DeleteRangeResponse response = done.Responses[0].ResponseDeleteRange;
        response.Header = done.Header;
        return response;
    }

    /// <param name="request">The transaction.</param>
    /// <param name="written">What it may change.</param>
    /// <param name="caller">Whose it is.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async ValueTask<TxnResponse> TxnAsync(TxnRequest request, IReadOnlyList<KeyRange> written, Caller caller, CancellationToken cancellation)
    {
        if (written.Count == 0)
            return await upstream.CallAsync(KvMethods.Txn, request, caller, cancellation);
        // Without conditions of its own the guards can be its conditions, which leaves more room for operations.
        if (request.Compare.Count == 0)
            return await WriteAsync(written, new TxnRequest { Success = { request.Success } }, caller, cancellation);
        TxnResponse done = await WriteAsync(written, new TxnRequest { Success = { new RequestOp { RequestTxn = request } } }, caller, cancellation);
        TxnResponse response = done.Responses[0].ResponseTxn;
        response.Header = done.Header;
        return response;
    }

    /// <summary>Rights may have changed, or keys in a way that is not told.</summary>
    public void Forget() => owned.Forget();

    /// <summary>A whole key as it is now, asked for by somebody who gave no credentials and does not want to know whether there is a leader.</summary>
    private bool MayOwn(RangeRequest request, Caller caller) =>
        caller == default && !request.Key.IsEmpty && request.RangeEnd.IsEmpty && request.Revision == 0
        && request.MinModRevision == 0 && request.MaxModRevision == 0 && request.MinCreateRevision == 0 && request.MaxCreateRevision == 0
        && request.SortOrder == RangeRequest.Types.SortOrder.None && request.SortTarget == RangeRequest.Types.SortTarget.Key
        && !keys.All.Contains(request.Key);

    /// <summary>A copy, which may be changed.</summary>
    private static RangeResponse Shape(RangeResponse answer, RangeRequest request)
    {
        RangeResponse shaped = new() { Header = answer.Header, Count = answer.Count };
        if (request.CountOnly)
            return shaped;
        foreach (KeyValue pair in answer.Kvs)
        {
            KeyValue copy = pair.Clone();
            if (request.KeysOnly)
                copy.Value = ByteString.Empty;
            shaped.Kvs.Add(copy);
        }
        return shaped;
    }

    private void Learn(Question question, TxnResponse response, RangeResponse answer)
    {
        if (response.Succeeded)
        {
            owned.Answered(question, question.Revision == 0 ? response.Header.Revision : question.Revision, answer);
            return;
        }
        if (question.Revision > 0)
        {
            owned.Lost(question.Owned);
            return;
        }
        owned.NotAnswered(question);
        // A leasing key of this session that is not known here: an earlier request to own the key was carried out after it had been given up.
        if (response.Responses[1].ResponseRange.Kvs is [{ } mine] && mine.Lease == question.Lease)
            HandBackWritten([(mine.Key, mine.CreateRevision)]);
    }

    /// <summary>Writes once nobody else owns anything of it.</summary>
    private async Task<TxnResponse> WriteAsync(IReadOnlyList<KeyRange> written, TxnRequest write, Caller caller, CancellationToken cancellation)
    {
        while (true)
        {
            PendingWrite pending = owned.BeginWrite(written);
            bool isCertain = false;
            TxnResponse response;
            try
            {
                TxnRequest guarded = new() { Compare = { pending.Guards }, Success = { write.Success } };
                response = await upstream.CallAsync(KvMethods.Txn, guarded, caller, cancellation);
                isCertain = true;
            }
            finally
            {
                HandBack(owned.EndWrite(pending, isCertain));
            }
            if (response.Succeeded)
                return response;
            foreach (KeyRange range in written)
                await FreeAsync(range, caller, cancellation);
        }
    }

    /// <summary>Has the owners hand back a range of keys, and waits until they have.</summary>
    private async Task FreeAsync(KeyRange range, Caller caller, CancellationToken cancellation)
    {
        RangeResponse listed = await store.ListAsync(range, caller, cancellation);
        List<(ByteString, long)> own = [];
        List<(ByteString, long)> others = [];
        foreach (KeyValue leasing in listed.Kvs)
        {
            ByteString key = keys.KeyOf(leasing.Key);
            if (!owned.IsOwn(leasing.Lease))
            {
                others.Add((leasing.Key, leasing.CreateRevision));
            }
            else if (!range.IsSingle || !owned.Owns(key, leasing.CreateRevision))
            {
                owned.HandBack(key, leasing.CreateRevision);
                own.Add((leasing.Key, leasing.CreateRevision));
            }
        }
        await store.DeleteAsync(own, caller, cancellation);
        if (others.Count == 0)
            return;
        await store.AskBackAsync(others, caller, cancellation);
        await store.WaitAsync(range, [.. others.Select(static other => other.Item1)], listed.Header.Revision, caller, cancellation);
    }

    private void HandBack(IReadOnlyList<OwnedKey> lost) => HandBackWritten([.. lost.Select(key => (keys.Of(key.Key), key.Revision))]);

    /// <summary>
    /// Deletes leasing keys of keys that are not answered from memory any more. Nobody waits for it: whoever wants such a key and still finds its
    /// leasing key asks for it to be handed back.
    /// </summary>
    private void HandBackWritten(IReadOnlyList<(ByteString LeasingKey, long Revision)> leasing)
    {
        if (leasing.Count > 0)
            _ = HandBackAsync();

        async Task HandBackAsync()
        {
            try
            {
                await store.DeleteAsync(leasing, default, stopping);
            }
            catch (Exception failure) when (failure is RefusalException or OperationCanceledException)
            {
                log.Debug("a key could not be handed back", new LogField("error", failure.Message));
            }
        }
    }
}
