using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Routing;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>
/// Renews all leases of a client over one stream, each after a third of its time. A stream that breaks, or leaves a renewal unanswered for another
/// third, is replaced by one at another endpoint. Runs only while there are leases.
/// </summary>
internal sealed class KeepAliveLoop(ClientInvoker invoker, ILogger log) : IAsyncDisposable
{
    private const long LookMillisecondsMax = 10_000;

    private readonly CallOptions _options = new() { Metadata = [CallMetadata.RequireLeader] };
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<long, KeptLease> _leases = [];
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _runs;

    /// <summary>Keeps a lease alive from now on.</summary>
    /// <exception cref="InvalidOperationException">It is kept alive already.</exception>
    public KeptLease Keep(long id, TimeSpan timeToLive, long askedAt, Leases leases)
    {
        KeptLease lease;
        lock (_lock)
        {
            if (_leases.ContainsKey(id))
                throw new InvalidOperationException($"lease {id:x} is kept alive already");
            lease = new KeptLease(id, timeToLive, askedAt, this, leases, log);
            _leases.Add(id, lease);
            if (!_runs)
            {
                _runs = true;
                _running = Task.Run(RunAsync);
            }
        }
        _changed.Release();
        return lease;
    }

    public void Forget(KeptLease lease)
    {
        lock (_lock)
        {
            if (_leases.TryGetValue(lease.Id, out KeptLease? known) && known == lease)
                _leases.Remove(lease.Id);
        }
        _changed.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (KeptLease lease in Snapshot())
            lease.Lose("the client was closed");
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        for (int failures = 0; ; failures++)
        {
            lock (_lock)
            {
                if (_leases.Count == 0 || _stop.IsCancellationRequested)
                {
                    _runs = false;
                    return;
                }
            }
            RoutedDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = invoker.Open(LeaseMethods.LeaseKeepAlive, _options, _stop.Token);
            try
            {
                if (await RenewOverAsync(call).ConfigureAwait(false))
                    failures = 0;
            }
            catch (CallException end)
            {
                log.LogDebug("the stream of renewals ended: {Reason}", end.Message);
            }
            catch (OperationCanceledException)
            {
                log.LogDebug("the stream of renewals was given up");
            }
            finally
            {
                await call.DisposeAsync().ConfigureAwait(false);
            }
            await ((Task)StreamEnds.PauseAsync(failures, _stop.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Renews over one stream until it ends, is given up, or is needed no more; whether anything was answered.</summary>
    private async Task<bool> RenewOverAsync(RoutedDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call)
    {
        long now = Environment.TickCount64;
        foreach (KeptLease lease in Snapshot())
            lease.StreamReopened(now);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task<bool> reading = ReadAsync(call);
        Task<bool> writing = WriteAsync(call, over.Token);
        // A call that takes no more renewals has ended; how, the reading knows.
        if (await Task.WhenAny(reading, writing).ConfigureAwait(false) == writing && !writing.IsFaulted && await writing.ConfigureAwait(false))
            await reading.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        // Ends the other of the two.
        await call.DisposeAsync().ConfigureAwait(false);
        await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await reading.ConfigureAwait(false);
    }

    private async Task<bool> ReadAsync(RoutedDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call)
    {
        bool any = false;
        while (await call.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } answer)
        {
            any = true;
            KeptLease? lease;
            lock (_lock)
                _leases.TryGetValue(answer.ID, out lease);
            lease?.Answered(answer.TTL);
        }
        return any;
    }

    /// <summary>Sends renewals; whether it returns because the call has ended.</summary>
    private async Task<bool> WriteAsync(RoutedDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call, CancellationToken over)
    {
        while (true)
        {
            KeptLease[] leases = Snapshot();
            if (leases.Length == 0)
                return false;
            long now = Environment.TickCount64;
            long look = now + LookMillisecondsMax;
            foreach (KeptLease lease in leases)
            {
                if (lease.IsOverdue(now))
                {
                    call.Learn(new CallException(StatusCode.Unavailable, "a renewal was not answered in time"));
                    return false;
                }
                if (lease.TrySend(now) && !await call.TryWriteAsync(new LeaseKeepAliveRequest { ID = lease.Id }, over).ConfigureAwait(false))
                    return true;
                look = Math.Min(look, lease.NextLook);
            }
            await _changed.WaitAsync(TimeSpan.FromMilliseconds(Math.Max(1, look - Environment.TickCount64)), over).ConfigureAwait(false);
        }
    }

    private KeptLease[] Snapshot()
    {
        lock (_lock)
            return [.. _leases.Values];
    }
}
