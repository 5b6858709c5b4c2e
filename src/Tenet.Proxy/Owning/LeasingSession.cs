using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Leases;

namespace Tenet.Proxy.Owning;

/// <summary>
/// The lease under which this proxy owns keys, and its ear for those who want them back. Whatever ends it, nothing is answered from memory any more
/// before the servers can believe that the keys are free.
/// </summary>
internal sealed class LeasingSession(Upstream upstream, LeasingKeys keys, OwnedKeys owned, LeasingStore store, LeaseRenewals renewals, TimeProvider clock, ILog log)
{
    /// <summary>How long keys stay owned by a proxy that is gone; etcd's clients take as much.</summary>
    private const int SecondsToLive = 60;

    /// <summary>Between two attempts of what failed, and two looks at whether nobody in particular may read.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a call may take.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    /// <summary>Has a session whenever the servers allow, until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                try
                {
                    await HoldAsync(stopping);
                }
                catch (Exception failure) when (failure is RefusalException or CallException or TimeoutException)
                {
                    log.Warn("leasing session ended", new LogField("error", failure.Message));
                }
                await Task.Delay(Pause, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    /// <summary>One session, to its end.</summary>
    private async Task HoldAsync(CancellationToken stopping)
    {
        await LookAsync(stopping);
        long since = clock.GetTimestamp();
        LeaseGrantResponse granted = await AskAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = SecondsToLive }, stopping);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        List<Task> parts = [];
        try
        {
            // Nothing can be owned before somebody listens for those who want it back.
            TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
            parts.Add(ListenAsync(granted.ID, listening, over.Token));
            await await Task.WhenAny(parts[0], listening.Task.WaitAsync(AnswerMax, over.Token));
            owned.Live(granted.ID, since, TimeSpan.FromSeconds(granted.TTL));
            log.Info("leasing session started", new LogField("lease-id", granted.ID.ToString("x16", null)), new LogField("lease-ttl", granted.TTL));
            parts.Add(RenewAsync(granted, over.Token));
            parts.Add(LookAgainAsync(over.Token));
            await await Task.WhenAny(parts);
        }
        finally
        {
            owned.End();
            await over.CancelAsync();
            foreach (Task part in parts)
                await part.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RevokeAsync(granted.ID);
        }
    }

    private async Task RenewAsync(LeaseGrantResponse granted, CancellationToken over)
    {
        TimeSpan wait = TimeSpan.FromSeconds(granted.TTL) / 3;
        while (true)
        {
            await Task.Delay(wait, over);
            long since = clock.GetTimestamp();
            try
            {
                LeaseKeepAliveResponse response = await renewals.RenewOwnAsync(granted.ID).WaitAsync(over);
                if (response.TTL <= 0)
                    throw EtcdErrors.LeaseNotFound.ToException();
                owned.Live(granted.ID, since, TimeSpan.FromSeconds(response.TTL));
                wait = TimeSpan.FromSeconds(response.TTL) / 3;
            }
            catch (RefusalException refusal) when (MayPass(refusal.Error.Code) && owned.IsLive)
            {
                wait = Pause;
            }
        }
    }

    /// <summary>Looks whether everybody may still read: if rights count since somebody else has said so, nothing may be answered from memory any more.</summary>
    private async Task LookAgainAsync(CancellationToken over)
    {
        while (true)
        {
            await Task.Delay(Pause, over);
            owned.Sweep();
            if (!owned.IsLive)
                throw EtcdErrors.LeaseNotFound.ToException();
            if (owned.IsEmpty)
                continue;
            try
            {
                await LookAsync(over);
            }
            catch (Exception failure) when (failure is TimeoutException || (failure is RefusalException refusal && MayPass(refusal.Error.Code)))
            {
                // As long as the lease lives, what is owned needs no servers.
                log.Debug("no server says whether everybody may still read", new LogField("error", failure.Message));
            }
        }
    }

    private Task<RangeResponse> LookAsync(CancellationToken cancellation) =>
        AskAsync(KvMethods.Range, new RangeRequest { Key = keys.All.Key, RangeEnd = keys.All.End, Limit = 1, KeysOnly = true }, cancellation);

    /// <summary>Hands back what others want, until the session is over.</summary>
    private async Task ListenAsync(long lease, TaskCompletionSource listening, CancellationToken over)
    {
        long next = 0;
        while (true)
        {
            try
            {
                await using IDuplexCall<WatchRequest, WatchResponse> call = upstream.Open(WatchMethods.Watch, new Caller(null, null, Caller.Leader), over);
                WatchCreateRequest creation = new() { Key = keys.All.Key, RangeEnd = keys.All.End, StartRevision = next, ProgressNotify = true };
                await call.WriteAsync(new WatchRequest { CreateRequest = creation }, over);
                while (await call.ReadAsync(over) is { } response)
                {
                    if (response.Canceled)
                        throw new EtcdError(StatusCode.Aborted, response.CancelReason).ToException();
                    // An answer without events, except the first to a watch of the past, says that none is missing.
                    if (response.Events.Count > 0)
                        next = response.Events[^1].Kv.ModRevision + 1;
                    else if (!response.Created || next == 0)
                        next = response.Header.Revision + 1;
                    if (response.Created)
                        listening.TrySetResult();
                    await TakeAsync(response.Events, lease, over);
                }
            }
            catch (CallException failure) when (MayPass(failure.Code) && !over.IsCancellationRequested)
            {
                log.Debug("the watch of leasing keys was interrupted", new LogField("error", failure.Message));
            }
            await Task.Delay(Pause, over);
        }
    }

    private async Task TakeAsync(IReadOnlyList<Event> events, long lease, CancellationToken over)
    {
        List<(ByteString, long)> wanted = [];
        foreach (Event change in events)
        {
            ByteString key = keys.KeyOf(change.Kv.Key);
            if (change.Type == Event.Types.EventType.Delete)
                owned.LostAt(key, change.Kv.ModRevision);
            else if (change.Kv.Lease != lease)
                owned.LostAt(key, change.Kv.CreateRevision);
            else if (change.Kv.Value == LeasingStore.Wanted)
            {
                owned.HandBack(key, change.Kv.CreateRevision);
                wanted.Add((change.Kv.Key, change.Kv.CreateRevision));
            }
        }
        while (wanted.Count > 0)
        {
            try
            {
                await store.DeleteAsync(wanted, default, over);
                return;
            }
            catch (RefusalException refusal) when (MayPass(refusal.Error.Code))
            {
                log.Debug("keys could not be handed back", new LogField("error", refusal.Message));
            }
            await Task.Delay(Pause, over);
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
            // Then the keys are free when the lease ends by itself.
            log.Debug("the lease of the leasing session was not revoked", new LogField("error", failure.Message));
        }
    }

    private async Task<TResponse> AskAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(AnswerMax);
        try
        {
            return await upstream.CallAsync(method, request, default, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("no server answered in time");
        }
    }

    /// <summary>Whether a failure says that servers cannot be reached, or have no leader: nothing that is refused.</summary>
    private static bool MayPass(StatusCode code) => code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal or StatusCode.Unknown;
}
