using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Leases;

/// <summary>
/// Renews each lease for all who ask for it: while one renewal is under way, and for a sixth of the time to live after it, nobody else's goes
/// upstream. Who is answered by an earlier one is told the time that is left, so that nobody believes in a lease longer than the servers do; a
/// holder who renews every third of the time to live, as client libraries do, always gets a renewal of his own.
/// </summary>
internal sealed class LeaseRenewals(Upstream upstream, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>Renewals in a time to live.</summary>
    private const int Parts = 6;

    /// <summary>How long the servers may take to answer.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);

    private const int SweepMin = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(long Lease, Caller Caller), Renewal> _renewals = [];
    private int _sweepAt = SweepMin;

    /// <summary>The answer to a request to renew; its failure is what the servers refused.</summary>
    public async Task<LeaseKeepAliveResponse> RenewAsync(long lease, Caller caller)
    {
        Renewal renewal;
        // Whoever asks for a renewal is told what it gave, however late he comes to it; only those who find it made are told what is left.
        bool earlier = false;
        lock (_lock)
        {
            if (!_renewals.TryGetValue((lease, caller), out Renewal? latest) || !IsFresh(latest))
            {
                if (_renewals.Count >= _sweepAt)
                    Sweep();
                _renewals[(lease, caller)] = latest = new Renewal(AskAsync(lease, caller), clock.GetTimestamp());
            }
            else
            {
                earlier = latest.Answer.IsCompleted;
            }
            renewal = latest;
        }
        LeaseKeepAliveResponse response = await renewal.Answer;
        if (!earlier || response.TTL <= 0)
            return response;
        // The servers count from when they renewed, which was after it was asked for.
        long left = response.TTL - (long)Math.Ceiling(clock.GetElapsedTime(renewal.Since).TotalSeconds);
        return new LeaseKeepAliveResponse { Header = response.Header, ID = response.ID, TTL = left };
    }

    /// <summary>Renews a lease of the proxy's own, which it shares with nobody.</summary>
    public Task<LeaseKeepAliveResponse> RenewOwnAsync(long lease) => AskAsync(lease, default);

    /// <summary>Nothing that was said of a lease holds any more.</summary>
    public void Forget(long lease)
    {
        lock (_lock)
        {
            foreach ((long Lease, Caller Caller) key in _renewals.Keys.Where(key => key.Lease == lease).ToList())
                _renewals.Remove(key);
        }
    }

    private bool IsFresh(Renewal renewal)
    {
        if (!renewal.Answer.IsCompleted)
            return true;
        return renewal.Answer.IsCompletedSuccessfully && clock.GetElapsedTime(renewal.Since) < TimeSpan.FromSeconds(renewal.Answer.Result.TTL) / Parts;
    }

    private void Sweep()
    {
        foreach (((long, Caller) key, Renewal renewal) in _renewals.ToList())
        {
            if (!IsFresh(renewal))
                _renewals.Remove(key);
        }
        _sweepAt = Math.Max(SweepMin, 2 * _renewals.Count);
    }

    private async Task<LeaseKeepAliveResponse> AskAsync(long lease, Caller caller)
    {
        // Not under the lock of whoever asked first.
        await Task.Yield();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(AnswerMax);
        try
        {
            await using IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = upstream.Open(LeaseMethods.LeaseKeepAlive, caller, patience.Token);
            await call.WriteAsync(new LeaseKeepAliveRequest { ID = lease }, patience.Token);
            await call.CompleteAsync();
            LeaseKeepAliveResponse? response = await call.ReadAsync(patience.Token);
            if (response is not null)
                return response;
            throw new CallException(StatusCode.Unavailable, "the server ended the stream without an answer");
        }
        catch (Exception failure) when (failure is OperationCanceledException or CallException && patience.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw EtcdErrors.Timeout.ToException();
        }
        catch (CallException failure)
        {
            throw Upstream.Refusal(failure, stopping);
        }
    }

    private sealed record Renewal(Task<LeaseKeepAliveResponse> Answer, long Since);
}
