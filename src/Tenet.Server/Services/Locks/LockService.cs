using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3lockpb;
using Tenet.Server.Services.Recipes;

namespace Tenet.Server.Services.Locks;

/// <summary>
/// v3lockpb.Lock (contract/api.md, 2.8): the recipe that client libraries follow too, so that both exclude each other. A lock is held as
/// long as its key is there: until it is unlocked, or its lease ends.
/// </summary>
public sealed class LockService
{
    private readonly Func<CallContext, RecipeCall> _begin;

    internal LockService(Func<CallContext, RecipeCall> begin) => _begin = begin;

    /// <summary>
    /// Completes when the caller has the lock. A call that ends before takes its key away, also one whose caller had the lock already with
    /// the same lease: that one is answered at once.
    /// </summary>
    public async ValueTask<LockResponse> Lock(LockRequest request, CallContext context)
    {
        RecipeCall calls = _begin(context);
        try
        {
            long lease = await calls.LeaseAsync(request.Lease);
            ByteString key = RecipeCall.OwnKey(request.Name, lease);
            TxnResponse txn = await calls.TxnAsync(Contention(request.Name, key, lease));
            long revision = txn.Succeeded ? txn.Header.Revision : txn.Responses[0].ResponseRange.Kvs[0].CreateRevision;
            RangeResponse oldest = txn.Responses[1].ResponseRange;
            ResponseHeader header = oldest.Kvs.Count == 0 || oldest.Kvs[0].CreateRevision == revision
                ? txn.Header
                : await WaitAsync(calls, request.Name, key, revision);
            return new LockResponse { Header = header, Key = key };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>Gives a lock back. No failure if it is not held (any more).</summary>
    public async ValueTask<UnlockResponse> Unlock(UnlockRequest request, CallContext context)
    {
        try
        {
            return new UnlockResponse { Header = (await _begin(context).DeleteAsync(request.Key)).Header };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>Makes the key unless it is there, and tells who is first, so that a lock that nobody holds takes a single operation.</summary>
    private static TxnRequest Contention(ByteString name, ByteString key, long lease)
    {
        var oldest = new RequestOp { RequestRange = RecipeCall.Oldest(name) };
        return new TxnRequest
        {
            Compare = { RecipeCall.CreatedAt(key, 0) },
            Success = { new RequestOp { RequestPut = new PutRequest { Key = key, Lease = lease } }, oldest },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = key } }, oldest },
        };
    }

    private static async ValueTask<ResponseHeader> WaitAsync(RecipeCall calls, ByteString name, ByteString key, long revision)
    {
        RangeResponse own;
        try
        {
            await calls.WaitForOlderAsync(name, revision);
            own = await calls.RangeAsync(new RangeRequest { Key = key });
        }
        catch
        {
            // Whoever does not wait any more must not keep those behind waiting.
            await calls.CleanUpAsync(async late => await late.DeleteAsync(key));
            throw;
        }

        // The lease may have run out while the caller waited.
        return own.Kvs.Count == 0 ? throw RecipeErrors.SessionExpired.ToException() : own.Header;
    }
}
