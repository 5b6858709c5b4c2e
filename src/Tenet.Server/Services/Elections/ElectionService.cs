using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Server.Services.Recipes;

namespace Tenet.Server.Services.Elections;

/// <summary>v3electionpb.Election (contract/api.md, 2.8): who created its key first leads, and the key's value is what it has to say.</summary>
public sealed class ElectionService
{
    private readonly Func<CallContext, RecipeCall> _begin;

    internal ElectionService(Func<CallContext, RecipeCall> begin) => _begin = begin;

    /// <summary>Completes when the caller leads. A call whose caller gives up takes its key away.</summary>
    public async ValueTask<CampaignResponse> Campaign(CampaignRequest request, CallContext context)
    {
        RecipeCall calls = _begin(context);
        try
        {
            long lease = await calls.LeaseAsync(request.Lease);
            ByteString key = RecipeCall.OwnKey(request.Name, lease);
            TxnResponse txn = await calls.TxnAsync(new TxnRequest
            {
                Compare = { RecipeCall.CreatedAt(key, 0) },
                Success = { new RequestOp { RequestPut = new PutRequest { Key = key, Value = request.Value, Lease = lease } } },
                Failure = { new RequestOp { RequestRange = new RangeRequest { Key = key } } },
            });
            var leader = new LeaderKey { Name = request.Name, Key = key, Rev = txn.Header.Revision, Lease = lease };
            if (!txn.Succeeded)
                await TakeUpAsync(calls, leader, txn.Responses[0].ResponseRange.Kvs[0], request.Value);
            await WaitAsync(calls, leader, context);
            return new CampaignResponse { Header = txn.Header, Leader = leader };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>Changes the leader's value, as long as it leads.</summary>
    public async ValueTask<ProclaimResponse> Proclaim(ProclaimRequest request, CallContext context)
    {
        LeaderKey leader = request.Leader ?? throw RecipeErrors.MissingLeader.ToException();
        RecipeCall calls = _begin(context);
        try
        {
            leader.Lease = await calls.LeaseAsync(leader.Lease);
            return new ProclaimResponse { Header = await ProclaimAsync(calls, leader, request.Value) };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>Gives leadership up. No failure if somebody else has it.</summary>
    public async ValueTask<ResignResponse> Resign(ResignRequest request, CallContext context)
    {
        LeaderKey leader = request.Leader ?? throw RecipeErrors.MissingLeader.ToException();
        try
        {
            return new ResignResponse { Header = await ResignAsync(_begin(context), leader) };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>Who leads, and its value.</summary>
    public async ValueTask<LeaderResponse> Leader(LeaderRequest request, CallContext context)
    {
        try
        {
            RangeResponse found = await _begin(context).RangeAsync(RecipeCall.Oldest(request.Name));
            return found.Kvs.Count == 0
                ? throw RecipeErrors.NoLeader.ToException()
                : new LeaderResponse { Header = found.Header, Kv = found.Kvs[0] };
        }
        catch (RefusalException refusal)
        {
            throw RecipeErrors.ToCaller(refusal);
        }
    }

    /// <summary>
    /// Tells who leads, every change of its value, and who comes after it. Not every value in between if leaders change quickly, but always the last.
    /// Ends without a failure when the keys cannot be read or watched, as etcd's does.
    /// </summary>
    public async Task Observe(LeaderRequest request, IResponseWriter<LeaderResponse> responses, CallContext context)
    {
        RecipeCall calls = _begin(context);
        try
        {
            while (await FindAsync(calls, request.Name) is { } leader)
            {
                await responses.WriteAsync(leader, context.Cancellation);
                if (!await FollowAsync(calls, leader, responses, context))
                    return;
            }
        }
        catch (RefusalException refusal) when (refusal.Error != EtcdErrors.Stopped)
        {
            // The end of the stream says it.
        }
    }

    /// <summary>The key is the caller's already: only the value may have to change.</summary>
    private static async ValueTask TakeUpAsync(RecipeCall calls, LeaderKey leader, KeyValue found, ByteString value)
    {
        leader.Rev = found.CreateRevision;
        if (found.Value.Equals(value))
            return;
        try
        {
            await ProclaimAsync(calls, leader, value);
        }
        catch
        {
            await calls.CleanUpAsync(async late => await ResignAsync(late, leader));
            throw;
        }
    }

    private static async ValueTask WaitAsync(RecipeCall calls, LeaderKey leader, CallContext context)
    {
        try
        {
            await calls.WaitForOlderAsync(leader.Name, leader.Rev);
        }
        catch when (context.Cancellation.IsCancellationRequested)
        {
            await calls.CleanUpAsync(async late => await ResignAsync(late, leader));
            throw;
        }
    }

    private static async ValueTask<ResponseHeader> ProclaimAsync(RecipeCall calls, LeaderKey leader, ByteString value)
    {
        TxnResponse txn = await calls.TxnAsync(new TxnRequest
        {
            Compare = { RecipeCall.CreatedAt(leader.Key, leader.Rev) },
            Success = { new RequestOp { RequestPut = new PutRequest { Key = leader.Key, Value = value, Lease = leader.Lease } } },
        });
        return txn.Succeeded ? txn.Header : throw RecipeErrors.NotLeader.ToException();
    }

    private static async ValueTask<ResponseHeader> ResignAsync(RecipeCall calls, LeaderKey leader)
    {
        TxnResponse txn = await calls.TxnAsync(new TxnRequest
        {
            Compare = { RecipeCall.CreatedAt(leader.Key, leader.Rev) },
            Success = { new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = leader.Key } } },
        });
        return txn.Header;
    }

    /// <returns>Who leads, as soon as somebody does; null if the keys cannot be watched.</returns>
    private static async ValueTask<LeaderResponse?> FindAsync(RecipeCall calls, ByteString name)
    {
        RangeResponse found = await calls.RangeAsync(RecipeCall.Oldest(name));
        if (found.Kvs.Count > 0)
            return new LeaderResponse { Header = found.Header, Kv = found.Kvs[0] };

        LeaderResponse? first = null;
        await calls.WatchNameAsync(
            name,
            found.Header.Revision,
            response =>
            {
                if (response.Events.FirstOrDefault(static change => change.Type == Event.Types.EventType.Put) is not { } put)
                    return new(false);

                // The response may hold later changes too; the leader's own are watched from here on.
                ResponseHeader header = response.Header;
                header.Revision = put.Kv.ModRevision;
                first = new LeaderResponse { Header = header, Kv = put.Kv };
                return new(true);
            });
        return first;
    }

    /// <returns>Whether the leader's key was deleted; otherwise it cannot be watched any more.</returns>
    private static async ValueTask<bool> FollowAsync(
        RecipeCall calls, LeaderResponse leader, IResponseWriter<LeaderResponse> responses, CallContext context)
    {
        bool deleted = false;
        await calls.WatchAsync(
            new WatchCreateRequest { Key = leader.Kv.Key, StartRevision = leader.Header.Revision + 1 },
            async response =>
            {
                foreach (Event change in response.Events)
                {
                    deleted = change.Type == Event.Types.EventType.Delete;
                    if (deleted)
                        break;
                    await responses.WriteAsync(new LeaderResponse { Header = response.Header, Kv = change.Kv }, context.Cancellation);
                }

                return deleted;
            });
        return deleted;
    }
}
