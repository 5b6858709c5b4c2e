using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Routing;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>Leases: keys that go with one disappear when it ends.</summary>
public sealed class Leases
{
    private readonly ClientInvoker _invoker;
    private readonly CallOptions _options;
    private readonly KeepAliveLoop _loop;

    internal Leases(ClientInvoker invoker, CallOptions options, KeepAliveLoop loop) => (_invoker, _options, _loop) = (invoker, options, loop);

    /// <summary>Grants a lease, which nobody keeps alive yet.</summary>
    /// <param name="timeToLive">How long it lives; rounded up to whole seconds, and up to what the cluster allows at least.</param>
    /// <param name="leaseId">Its id; 0 lets the server choose.</param>
    /// <param name="cancellation">Gives the call up.</param>
    public async Task<LeaseGrant> GrantAsync(TimeSpan timeToLive, long leaseId = 0, CancellationToken cancellation = default)
    {
        var request = new LeaseGrantRequest { ID = leaseId, TTL = (long)Math.Ceiling(timeToLive.TotalSeconds) };
        LeaseGrantResponse response = await _invoker.UnaryAsync(LeaseMethods.LeaseGrant, request, _options, cancellation).ConfigureAwait(false);
        return new LeaseGrant(response.ID, TimeSpan.FromSeconds(response.TTL));
    }

    /// <summary>Grants a lease and keeps it alive until it is disposed of, or lost.</summary>
    public async Task<KeptLease> HoldAsync(TimeSpan timeToLive, CancellationToken cancellation = default)
    {
        // The server cannot have begun to count before this.
        long askedAt = Environment.TickCount64;
        LeaseGrant grant = await GrantAsync(timeToLive, 0, cancellation).ConfigureAwait(false);
        return _loop.Keep(grant.Id, grant.TimeToLive, askedAt, this);
    }

    /// <summary>Keeps a lease alive that was granted elsewhere, until that is disposed of (which revokes it) or abandoned, or lost.</summary>
    /// <exception cref="CallException">NOT_FOUND: there is no such lease.</exception>
    /// <exception cref="InvalidOperationException">This client keeps it alive already.</exception>
    public async Task<KeptLease> KeepAliveAsync(long leaseId, CancellationToken cancellation = default)
    {
        long askedAt = Environment.TickCount64;
        TimeSpan timeToLive = await KeepAliveOnceAsync(leaseId, cancellation).ConfigureAwait(false);
        return _loop.Keep(leaseId, timeToLive, askedAt, this);
    }

    /// <summary>Gives a lease its whole time again, once; that time.</summary>
    /// <exception cref="CallException">NOT_FOUND: there is no such lease.</exception>
    public async Task<TimeSpan> KeepAliveOnceAsync(long leaseId, CancellationToken cancellation = default)
    {
        for (int failures = 0; ; failures++)
        {
            RoutedDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = _invoker.Open(LeaseMethods.LeaseKeepAlive, _options, cancellation);
            try
            {
                await call.TryWriteAsync(new LeaseKeepAliveRequest { ID = leaseId }, cancellation).ConfigureAwait(false);
                if (await call.ReadAsync(cancellation).ConfigureAwait(false) is { } answer)
                    return answer.TTL > 0 ? TimeSpan.FromSeconds(answer.TTL) : throw new CallException(EtcdErrors.LeaseNotFound.Code, EtcdErrors.LeaseNotFound.Message);
            }
            catch (CallException end) when (StreamEnds.MayReopen(end, _invoker) && failures < 100)
            {
                await StreamEnds.PauseAsync(failures, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await call.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends a lease; its keys go with it.</summary>
    /// <exception cref="CallException">NOT_FOUND: there is no such lease.</exception>
    public Task RevokeAsync(long leaseId, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(LeaseMethods.LeaseRevoke, new LeaseRevokeRequest { ID = leaseId }, _options, cancellation);

    /// <summary>How a lease stands; null if there is none of this id.</summary>
    /// <param name="leaseId">The lease.</param>
    /// <param name="keys">Whether its keys are listed.</param>
    /// <param name="cancellation">Gives the call up.</param>
    public async Task<LeaseStatus?> StatusAsync(long leaseId, bool keys = false, CancellationToken cancellation = default)
    {
        var request = new LeaseTimeToLiveRequest { ID = leaseId, Keys = keys };
        LeaseTimeToLiveResponse response = await _invoker.UnaryAsync(LeaseMethods.LeaseTimeToLive, request, _options, cancellation).ConfigureAwait(false);
        return response.TTL < 0
            ? null
            : new LeaseStatus(leaseId, TimeSpan.FromSeconds(response.GrantedTTL), TimeSpan.FromSeconds(response.TTL), [.. response.Keys.Select(static key => key.Memory)]);
    }

    /// <summary>The ids of all leases, the one that ends first in front.</summary>
    public async Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellation = default)
    {
        LeaseLeasesResponse response = await _invoker.UnaryAsync(LeaseMethods.LeaseLeases, new LeaseLeasesRequest(), _options, cancellation).ConfigureAwait(false);
        return [.. response.Leases.Select(static lease => lease.ID)];
    }
}
