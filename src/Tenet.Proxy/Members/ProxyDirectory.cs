using System.Collections.Concurrent;
using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Members;

/// <summary>
/// The proxies that share a resolver prefix: this one writes itself down there, under a lease that it keeps alive, and reads who else is there.
/// </summary>
internal sealed class ProxyDirectory(Upstream upstream, KeyPrefix prefix, string resolverPrefix, string address, int seconds, ILog log)
{
    /// <summary>Between two attempts of what failed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a call may take.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ByteString, Member> _members = new();

    /// <summary>Who is written down, in the order of the keys.</summary>
    public IReadOnlyList<Member> Members => [.. _members.OrderBy(static entry => entry.Key.ToStringUtf8(), StringComparer.Ordinal).Select(static entry => entry.Value)];

    /// <summary>Stays written down, and reads, until it is stopped; then the entry is gone.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(
        AgainAsync(RegisterAsync, "failed to create a session", stopping),
        AgainAsync(ReadAsync, "failed to establish endpoint watch", stopping));

    private async Task AgainAsync(Func<CancellationToken, Task> attempt, string complaint, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                try
                {
                    await attempt(stopping);
                }
                catch (Exception failure) when (failure is RefusalException or CallException or TimeoutException)
                {
                    log.Warn(complaint, new("prefix", resolverPrefix), new("error", failure.Message));
                }
                await Task.Delay(Pause, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private async Task RegisterAsync(CancellationToken stopping)
    {
        LeaseGrantResponse granted = await AskAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = seconds }, stopping);
        try
        {
            PutRequest entry = new()
            {
                Key = prefix.Add(ByteString.CopyFromUtf8($"{resolverPrefix}/{address}")),
                Value = ByteString.CopyFrom(ProxyRecord.Write(address, Environment.MachineName)),
                Lease = granted.ID,
            };
            await AskAsync(KvMethods.Txn, new TxnRequest { Success = { new RequestOp { RequestPut = entry } } }, stopping);
            log.Info("registered session with lease", new("addr", address), new("lease-ttl", seconds));
            while (await RenewAsync(granted.ID, stopping))
                await Task.Delay(TimeSpan.FromSeconds(granted.TTL) / 3, stopping);
            log.Warn("session expired; possible network partition or server restart");
            log.Warn("creating a new session to rejoin");
        }
        finally
        {
            // The entry goes with the lease. If nobody can be told, it goes when the lease expires.
            if (stopping.IsCancellationRequested)
                await RevokeAsync(granted.ID);
        }
    }

    private async Task RevokeAsync(long lease)
    {
        try
        {
            await AskAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease }, CancellationToken.None);
        }
        catch (Exception failure) when (failure is RefusalException or TimeoutException)
        {
            log.Warn("failed to revoke the lease of the registration", new LogField("error", failure.Message));
        }
    }

    /// <summary>Whether the lease still lives.</summary>
    private async Task<bool> RenewAsync(long lease, CancellationToken stopping)
    {
        await using IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = upstream.Open(LeaseMethods.LeaseKeepAlive, default, stopping);
        await call.WriteAsync(new LeaseKeepAliveRequest { ID = lease }, stopping);
        await call.CompleteAsync();
        return await call.ReadAsync(stopping).AsTask().WaitAsync(AnswerMax, stopping) is { TTL: > 0 };
    }

    private async Task ReadAsync(CancellationToken stopping)
    {
        ByteString first = prefix.Add(ByteString.CopyFromUtf8(resolverPrefix + "/"));
        // The byte after the slash.
        ByteString end = prefix.Add(ByteString.CopyFromUtf8(resolverPrefix + "0"));
        RangeResponse present = await AskAsync(KvMethods.Range, new RangeRequest { Key = first, RangeEnd = end }, stopping);
        _members.Clear();
        foreach (KeyValue pair in present.Kvs)
            Note(pair);
        await using IDuplexCall<WatchRequest, WatchResponse> call = upstream.Open(WatchMethods.Watch, default, stopping);
        await call.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = first, RangeEnd = end, StartRevision = present.Header.Revision + 1 } }, stopping);
        while (await call.ReadAsync(stopping) is { Canceled: false } response)
        {
            foreach (Event change in response.Events)
            {
                if (change.Type == Event.Types.EventType.Put)
                    Note(change.Kv);
                else
                    _members.TryRemove(change.Kv.Key, out _);
            }
        }
    }

    private void Note(KeyValue pair)
    {
        if (ProxyRecord.Read(pair.Value.Span) is { } record)
            _members[pair.Key] = new Member { Name = record.Name, ClientURLs = { record.Address } };
        else
            log.Warn("unmarshal endpoint update failed", new LogField("key", pair.Key.ToStringUtf8()));
    }

    private Task<TResponse> AskAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CancellationToken stopping)
        where TRequest : class
        where TResponse : class
        => upstream.CallAsync(method, request, default, stopping).AsTask().WaitAsync(AnswerMax, CancellationToken.None);
}
