using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;

namespace Tenet.Server.Services.Recipes;

/// <summary>
/// One call of a recipe (contract/api.md, 2.8): a sequence of ordinary operations on this member, in the caller's name, so that what the
/// caller may not do its recipe may not do either. Who contends for a name has a key below it, named by a lease; the key that was
/// created first holds what is contended for.
/// </summary>
internal sealed class RecipeCall(MemberCore core, KvService kv, LeaseService leases, WatchService watches, CallContext call)
{
    /// <summary>The time to live of a lease that is made for a caller who brings none. Nobody but the caller keeps it alive.</summary>
    private const long SessionSeconds = 60;

    /// <summary>What the keys of all who contend for a name begin with.</summary>
    public static ByteString Prefix(ByteString name) => Append(name, "/");

    /// <summary>The key of who contends with a lease.</summary>
    public static ByteString OwnKey(ByteString name, long lease)
    {
        // Hexadecimal with a sign, as Go prints a signed number.
        ulong size = lease < 0 ? 0 - (ulong)lease : (ulong)lease;
        return Append(name, (lease < 0 ? "/-" : "/") + size.ToString("x", CultureInfo.InvariantCulture));
    }

    /// <summary>Says that a key is the one that was created at this revision; 0 for none.</summary>
    public static Compare CreatedAt(ByteString key, long revision) => new()
    {
        Key = key,
        Target = Compare.Types.CompareTarget.Create,
        Result = Compare.Types.CompareResult.Equal,
        CreateRevision = revision,
    };

    /// <summary>The key created first among those who contend.</summary>
    public static RangeRequest Oldest(ByteString name)
    {
        ByteString prefix = Prefix(name);
        return new RangeRequest
        {
            Key = prefix,
            RangeEnd = EndOf(prefix),
            Limit = 1,
            SortOrder = RangeRequest.Types.SortOrder.Ascend,
            SortTarget = RangeRequest.Types.SortTarget.Create,
        };
    }

    /// <summary>The caller's lease, or a new one for a caller without.</summary>
    public async ValueTask<long> LeaseAsync(long lease) =>
        lease != 0 ? lease : (await leases.LeaseGrant(new LeaseGrantRequest { TTL = SessionSeconds }, call)).ID;

    public ValueTask<TxnResponse> TxnAsync(TxnRequest request) => kv.Txn(request, call);

    public ValueTask<DeleteRangeResponse> DeleteAsync(ByteString key) => kv.DeleteRange(new DeleteRangeRequest { Key = key }, call);

    public async ValueTask<RangeResponse> RangeAsync(RangeRequest request)
    {
        using RangeResult found = await kv.Range(request, call);
        return found.ToResponse();
    }

    /// <summary>Watches until <paramref name="take"/> has had enough or the watcher is cancelled, which it is told as well.</summary>
    public ValueTask WatchAsync(WatchCreateRequest create, Func<WatchResponse, ValueTask<bool>> take) => LocalWatch.RunAsync(core, watches, create, take, call);

    /// <summary>As the other form, for all keys of those who contend for a name.</summary>
    public ValueTask WatchNameAsync(ByteString name, long fromRevision, Func<WatchResponse, ValueTask<bool>> take)
    {
        ByteString prefix = Prefix(name);
        return WatchAsync(new WatchCreateRequest { Key = prefix, RangeEnd = EndOf(prefix), StartRevision = fromRevision }, take);
    }

    /// <summary>
    /// Waits until everybody has gone who contended for the name before a revision. One key is watched at a time, the youngest of them, so
    /// that a key which goes wakes one caller and not all.
    /// </summary>
    public async ValueTask WaitForOlderAsync(ByteString name, long createRevision)
    {
        ByteString prefix = Prefix(name);
        var youngest = new RangeRequest
        {
            Key = prefix,
            RangeEnd = EndOf(prefix),
            Limit = 1,
            SortOrder = RangeRequest.Types.SortOrder.Descend,
            SortTarget = RangeRequest.Types.SortTarget.Create,
            MaxCreateRevision = createRevision - 1,
        };
        while (true)
        {
            RangeResponse found = await RangeAsync(youngest);
            if (found.Kvs.Count == 0)
                return;
            await WaitForDeletionAsync(found.Kvs[0].Key, found.Header.Revision);
        }
    }

    /// <summary>
    /// Carries out what a call that ends early leaves behind it, though its caller has gone. If that is refused, the lease will see to it.
    /// </summary>
    public async ValueTask CleanUpAsync(Func<RecipeCall, ValueTask> work)
    {
        try
        {
            await work(new RecipeCall(core, kv, leases, watches, new ConditionalCallContext(call, core.StoppingToken)));
        }
        catch (Exception failure) when (failure is RefusalException or OperationCanceledException)
        {
            core.Log.Debug("failed to remove the key of a call that ended", new LogField("method", call.Method), new LogField("error", failure.Message));
        }
    }

    private async ValueTask WaitForDeletionAsync(ByteString key, long fromRevision)
    {
        EtcdError? refusal = null;
        await WatchAsync(
            new WatchCreateRequest { Key = key, StartRevision = fromRevision },
            response =>
            {
                if (response.Canceled)
                    refusal = response.CompactRevision != 0 ? EtcdErrors.Compacted : new EtcdError(StatusCode.FailedPrecondition, response.CancelReason);
                return new(response.Canceled || response.Events.Any(static change => change.Type == Event.Types.EventType.Delete));
            });
        if (refusal is not null)
            throw refusal.ToException();
    }

    /// <summary>The first key beyond all that begin with a prefix, which ends with a slash.</summary>
    private static ByteString EndOf(ByteString prefix)
    {
        byte[] end = prefix.ToByteArray();
        end[^1]++;
        return UnsafeByteOperations.UnsafeWrap(end);
    }

    private static ByteString Append(ByteString name, string text)
    {
        byte[] joined = new byte[name.Length + text.Length];
        name.CopyTo(joined, 0);
        for (int i = 0; i < text.Length; i++)
            joined[name.Length + i] = (byte)text[i];
        return UnsafeByteOperations.UnsafeWrap(joined);
    }
}
