using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Owning;

/// <summary>
/// What is written down in the servers of who owns which key, as etcd's leasing clients write it: the leasing key exists, attached to its owner's
/// lease; whoever wants to write the key puts <see cref="Wanted"/> there, and then the owner deletes it.
/// </summary>
internal sealed class LeasingStore(Upstream upstream, LeasingKeys keys, ILog log)
{
    /// <summary>What a leasing key holds when its owner is asked to hand it back.</summary>
    public static readonly ByteString Wanted = ByteString.CopyFromUtf8("REVOKE");

    /// <summary>Operations in one transaction; servers take 128.</summary>
    private const int OperationsMax = 64;

    /// <summary>Before it is looked again how things stand when a watch has ended.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Reads a key and makes this proxy its owner in one step, if nobody is and it is attached to no lease.</summary>
    public ValueTask<TxnResponse> AcquireAsync(ByteString key, long lease, CancellationToken cancellation)
    {
        ByteString leasingKey = keys.Of(key);
        RequestOp read = new() { RequestRange = new RangeRequest { Key = key } };
        TxnRequest request = new()
        {
            Compare = { Created(leasingKey, 0), new Compare { Key = key, Target = Compare.Types.CompareTarget.Lease, Result = Compare.Types.CompareResult.Equal, Lease = 0 } },
            Success = { read, new RequestOp { RequestPut = new PutRequest { Key = leasingKey, Lease = lease } } },
            Failure = { read, new RequestOp { RequestRange = new RangeRequest { Key = leasingKey } } },
        };
        return upstream.CallAsync(KvMethods.Txn, request, default, cancellation);
    }

    /// <summary>Reads a key; whether this proxy has owned it since a revision is the transaction's success.</summary>
    public ValueTask<TxnResponse> ReadAsync(ByteString key, long revision, CancellationToken cancellation)
    {
        RequestOp read = new() { RequestRange = new RangeRequest { Key = key } };
        TxnRequest request = new() { Compare = { Created(keys.Of(key), revision) }, Success = { read }, Failure = { read } };
        return upstream.CallAsync(KvMethods.Txn, request, default, cancellation);
    }

    /// <summary>The leasing keys of a range of keys.</summary>
    public ValueTask<RangeResponse> ListAsync(KeyRange range, Caller caller, CancellationToken cancellation)
    {
        KeyRange leasing = keys.Of(range);
        return upstream.CallAsync(KvMethods.Range, new RangeRequest { Key = leasing.Key, RangeEnd = leasing.End }, caller, cancellation);
    }

    /// <summary>Deletes leasing keys, each only if it is still the one that was created at its revision.</summary>
    public Task DeleteAsync(IReadOnlyList<(ByteString LeasingKey, long Revision)> owned, Caller caller, CancellationToken cancellation) =>
        ChangeEachAsync(owned, static key => new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key } }, caller, cancellation);

    /// <summary>Asks the owners to hand their keys back.</summary>
    public Task AskBackAsync(IReadOnlyList<(ByteString LeasingKey, long Revision)> owned, Caller caller, CancellationToken cancellation) =>
        ChangeEachAsync(owned, static key => new RequestOp { RequestPut = new PutRequest { Key = key, Value = Wanted, IgnoreLease = true } }, caller, cancellation);

    /// <summary>Waits until leasing keys are gone, or something happened after which it must be looked again.</summary>
    /// <param name="range">A range with all of them.</param>
    /// <param name="wanted">The leasing keys.</param>
    /// <param name="since">A revision at which all of them were there.</param>
    /// <param name="caller">Who waits.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task WaitAsync(KeyRange range, HashSet<ByteString> wanted, long since, Caller caller, CancellationToken cancellation)
    {
        KeyRange leasing = keys.Of(range);
        try
        {
            await using IDuplexCall<WatchRequest, WatchResponse> call = upstream.Open(WatchMethods.Watch, caller with { HasLeader = Caller.Leader }, cancellation);
            WatchCreateRequest creation = new() { Key = leasing.Key, RangeEnd = leasing.End, StartRevision = since + 1, Filters = { WatchCreateRequest.Types.FilterType.Noput } };
            await call.WriteAsync(new WatchRequest { CreateRequest = creation }, cancellation);
            while (await call.ReadAsync(cancellation) is { Canceled: false } response)
            {
                foreach (Event change in response.Events)
                    wanted.Remove(change.Kv.Key);
                if (wanted.Count == 0)
                    return;
            }
        }
        catch (CallException failure) when (!cancellation.IsCancellationRequested)
        {
            // What it means for the caller shows when the leasing keys are listed again.
            log.Debug("waiting for the owner of a key was interrupted", new LogField("error", failure.Message));
        }
        await Task.Delay(Pause, cancellation);
    }

    private static Compare Created(ByteString key, long revision) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Equal, CreateRevision = revision };

    private async Task ChangeEachAsync(
        IReadOnlyList<(ByteString LeasingKey, long Revision)> owned, Func<ByteString, RequestOp> change, Caller caller, CancellationToken cancellation)
    {
        foreach ((ByteString LeasingKey, long Revision)[] some in owned.Chunk(OperationsMax))
        {
            TxnRequest request = new();
            foreach ((ByteString key, long revision) in some)
                request.Success.Add(new RequestOp { RequestTxn = new TxnRequest { Compare = { Created(key, revision) }, Success = { change(key) } } });
            await upstream.CallAsync(KvMethods.Txn, request, caller, cancellation);
        }
    }
}
