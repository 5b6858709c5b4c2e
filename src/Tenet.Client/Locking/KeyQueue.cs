using System.Globalization;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;
using Tenet.Client.Routing;
using Tenet.Protocol.Errors;

namespace Tenet.Client;

/// <summary>
/// The queue below a name: each who waits has a key <c>name/lease</c>, and the one whose key came into being first is served. The layout is that of
/// etcd's own recipes, so that everybody who uses them stands in the same queue.
/// </summary>
internal sealed class KeyQueue(TenetClient client, ClientInvoker invoker, ILogger log)
{
    /// <summary>Stands in the queue; returns when it is this key's turn, or null at once if it is not and nobody wants to wait.</summary>
    public async Task<HeldKey?> EnterAsync(string name, ByteString value, LockOptions options, bool wait, CancellationToken cancellation)
    {
        KeptLease lease = await client.Leases.HoldAsync(options.TimeToLive, cancellation).ConfigureAwait(false);
        HeldKey? held = null;
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lease.Lost);
        try
        {
            held = await TakeTurnAsync(name, value, lease, wait, either.Token).ConfigureAwait(false);
            return held;
        }
        catch (OperationCanceledException failure) when (lease.Lost.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new OwnershipLostException($"the lease was lost while waiting for {name}", failure);
        }
        finally
        {
            // Leaves the queue: the key goes with the lease.
            if (held is null)
                await lease.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<HeldKey?> TakeTurnAsync(string name, ByteString value, KeptLease lease, bool wait, CancellationToken cancellation)
    {
        string prefix = name + "/";
        ByteString key = ByteString.CopyFromUtf8(prefix + lease.Id.ToString("x", CultureInfo.InvariantCulture));
        TxnResult entered = await EnterOnceAsync(key, value, prefix, lease.Id, cancellation).ConfigureAwait(false);
        long created = entered.Succeeded ? entered.Revision : entered.Results[0].Value?.CreateRevision ?? throw new OwnershipLostException($"the key of {name} vanished");
        long asOf = entered.Revision;
        if (entered.Results[1].Value is { } first && first.CreateRevision != created)
        {
            if (!wait)
                return null;
            asOf = await WaitForOlderAsync(prefix, created, cancellation).ConfigureAwait(false);
            RangeResult own = await client.Kv.RangeAsync(KeyRange.Single(key.Memory), null, cancellation).ConfigureAwait(false);
            if (own.Items.Count == 0 || own.Items[0].CreateRevision != created)
                throw new OwnershipLostException($"the key of {name} was deleted while it waited");
            asOf = own.Revision;
        }
        return new HeldKey(key, created, asOf, lease, client, log);
    }

    /// <summary>Creates the key, or finds it created by an earlier attempt whose answer was lost: so it may be attempted until it is answered.</summary>
    private async Task<TxnResult> EnterOnceAsync(ByteString key, ByteString value, string prefix, long leaseId, CancellationToken cancellation)
    {
        Operation oldest = Operation.Range(KeyRange.Prefix(prefix), new RangeOptions { Sort = SortBy.CreateRevision, Limit = 1 });
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await client.Kv.Txn()
                    .If(Condition.Missing(key.Memory))
                    .Then(Operation.Put(key.Memory, value.Memory, new PutOptions { LeaseId = leaseId }), oldest)
                    .Else(Operation.Get(key.Memory), oldest)
                    .CommitAsync(cancellation).ConfigureAwait(false);
            }
            catch (CallException failure) when (StreamEnds.MayReopen(failure, invoker) || failure.Code == StatusCode.DeadlineExceeded)
            {
                await StreamEnds.PauseAsync(failures, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until no key is older; the revision as of which that is so.</summary>
    private async Task<long> WaitForOlderAsync(string prefix, long created, CancellationToken cancellation)
    {
        var justBefore = new RangeOptions { Sort = SortBy.CreateRevision, Descending = true, Limit = 1, MaxCreateRevision = created - 1 };
        while (true)
        {
            RangeResult older = await client.Kv.RangeAsync(KeyRange.Prefix(prefix), justBefore, cancellation).ConfigureAwait(false);
            if (older.Items.Count == 0)
                return older.Revision;
            await DeletedAsync(older.Items[0].Key, older.Revision + 1, cancellation).ConfigureAwait(false);
        }
    }

    private async Task DeletedAsync(ReadOnlyMemory<byte> key, long from, CancellationToken cancellation)
    {
        IAsyncEnumerator<WatchEvent> deletions = client.Watch
            .EventsAsync(KeyRange.Single(key), new WatchOptions { StartRevision = from, WithoutPuts = true }, cancellation).GetAsyncEnumerator(cancellation);
        try
        {
            await deletions.MoveNextAsync().ConfigureAwait(false);
        }
        catch (CompactedException)
        {
            // What was missed, the read that follows sees.
            log.LogDebug("the wait for older keys begins anew: its history was compacted");
        }
        finally
        {
            await deletions.DisposeAsync().ConfigureAwait(false);
        }
    }
}
