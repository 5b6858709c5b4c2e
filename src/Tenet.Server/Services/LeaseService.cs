using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Peers;
using Tenet.Server.Requests;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Leases;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Lease (contract/api.md, 2.4). Time is counted by the leader, so the leader renews and tells.</summary>
public sealed class LeaseService
{
    /// <summary>Between two tries to reach the leader.</summary>
    private static readonly TimeSpan ForwardInterval = TimeSpan.FromMilliseconds(50);

    private readonly MemberCore _core;

    internal LeaseService(MemberCore core) => _core = core;

    /// <summary>Makes a lease.</summary>
    public async ValueTask<LeaseGrantResponse> LeaseGrant(LeaseGrantRequest request, CallContext context)
    {
        await _core.Quota.RequireAsync(Quota.LeaseCost);
        if (request.ID == 0)
            request.ID = _core.Ids.NextLeaseId();
        await _core.Access.RequireUserAsync(context);
        var response = (LeaseGrantResponse)await _core.ReplicateAsync("LeaseGrant", new InternalRaftRequest { LeaseGrant = request }, context);
        response.Header = _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Ends a lease and deletes the keys on it.</summary>
    public async ValueTask<LeaseRevokeResponse> LeaseRevoke(LeaseRevokeRequest request, CallContext context)
    {
        await _core.Access.RequireUserAsync(context);
        var response = (LeaseRevokeResponse)await _core.ReplicateAsync("LeaseRevoke", new InternalRaftRequest { LeaseRevoke = request }, context);
        response.Header = _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Renews leases as long as the caller asks; one response for each request, in order.</summary>
    public async Task LeaseKeepAlive(
        IRequestReader<LeaseKeepAliveRequest> requests, IResponseWriter<LeaseKeepAliveResponse> responses, CallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, _core.StoppingToken);
        try
        {
            while (await requests.ReadAsync(ended.Token) is { } request)
            {
                // Taken first: whoever sees this revision knows that the lease was alive then.
                ResponseHeader header = _core.Headers.New();
                long ttl = await RenewAsync(request.ID, context, ended.Token);
                await responses.WriteAsync(new LeaseKeepAliveResponse { Header = header, ID = request.ID, TTL = ttl }, ended.Token);
            }
        }
        catch (OperationCanceledException) when (_core.State.Stopping)
        {
            throw EtcdErrors.Stopped.ToException();
        }
    }

    /// <summary>How a lease stands; a time to live of −1 means that there is none.</summary>
    public async ValueTask<LeaseTimeToLiveResponse> LeaseTimeToLive(LeaseTimeToLiveRequest request, CallContext context)
    {
        await _core.Access.RequireUserAsync(context);
        AuthIdentity who = request.Keys ? await AllowKeysAsync([request.ID], context) : default;
        LeaseTimeToLiveResponse response = _core.State.IsLeader
            ? await LookUpHereAsync(request, context.Cancellation) ?? Unknown(request.ID)
            : await LookUpAtLeaderAsync(request, context.Cancellation);
        _core.Access.RequireUnchanged(who);
        response.Header = _core.Headers.New();
        return response;
    }

    /// <summary>All leases, soonest expiry first.</summary>
    public async ValueTask<LeaseLeasesResponse> LeaseLeases(LeaseLeasesRequest request, CallContext context)
    {
        IReadOnlyList<long> leases = _core.Lessor.Ids();
        AuthIdentity who = await AllowKeysAsync(leases, context);
        var response = new LeaseLeasesResponse { Header = _core.Headers.New() };
        foreach (long id in leases)
            response.Leases.Add(new LeaseStatus { ID = id });
        _core.Access.RequireUnchanged(who);
        return response;
    }

    /// <summary>How a lease stands by this member's own count; null if there is no such lease.</summary>
    /// <exception cref="RefusalException">This member does not count time (any more), or what is committed is not applied in time.</exception>
    internal async ValueTask<LeaseTimeToLiveResponse?> LookUpHereAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation)
    {
        await _core.WaitAppliedAsync(cancellation);
        if (_core.Lessor.TimeToLive(request.ID, request.Keys, _core.Now) is not { } lease)
            return null;
        if (!lease.Counted)
            throw EtcdErrors.LeaderChanged.ToException();
        var response = new LeaseTimeToLiveResponse { ID = request.ID, TTL = lease.RemainingSeconds, GrantedTTL = lease.GrantedSeconds };
        foreach (ReadOnlyMemory<byte> key in lease.Keys)
            response.Keys.Add(ByteString.CopyFrom(key.Span));
        return response;
    }

    /// <summary>Renews a lease by this member's own count.</summary>
    /// <returns>The granted time to live in seconds, 0 if there is no such lease; null if this member does not count time.</returns>
    internal async ValueTask<long?> RenewHereAsync(long id, CancellationToken cancellation)
    {
        if (!_core.State.IsLeader)
            return null;
        await EnsureLeadershipAsync(cancellation);
        bool waited = !_core.Options.FastLeaseKeepAlive;
        if (waited)
            await _core.WaitAppliedAsync(cancellation);
        while (true)
        {
            RenewOutcome outcome = _core.Lessor.Renew(id, _core.Now);
            switch (outcome.Status)
            {
                case RenewStatus.Renewed:
                    _core.Metrics.LeaseRenewed.Increment();
                    if (outcome.CheckpointMustBeCleared)
                        await _core.ReplicateAsync("LeaseCheckpoint", ClearedCheckpoint(id), null);
                    return outcome.TtlSeconds;
                case RenewStatus.NotPrimary:
                    return null;
                case RenewStatus.Expired:
                    await outcome.Gone!.WaitAsync(cancellation);
                    break;
                case RenewStatus.NotFound when waited:
                    return 0;
                default:
                    // It may be in an entry that is committed and not yet applied.
                    await _core.WaitAppliedAsync(cancellation);
                    waited = true;
                    break;
            }
        }
    }

    /// <summary>What shows which keys hang on a lease, or that one is there, is for who may read those keys.</summary>
    private async ValueTask<AuthIdentity> AllowKeysAsync(IReadOnlyList<long> leases, CallContext context)
    {
        if (!_core.Access.IsOn)
            return default;
        await _core.Access.RequireUserAsync(context);
        AuthIdentity who = await _core.Access.IdentifyAsync(context);
        Access access = _core.Access.For(who);
        foreach (long lease in leases)
        {
            if (access.CheckReadOfLease(lease) is { } refusal)
                throw refusal.ToException();
        }

        return who;
    }

    /// <summary>Who keeps a lease alive keeps its keys.</summary>
    private async ValueTask AllowRenewalAsync(long lease, CallContext context)
    {
        if (!_core.Access.IsOn)
            return;
        await _core.Access.RequireUserAsync(context);
        if (_core.Access.For(await _core.Access.IdentifyAsync(context)).CheckWriteOfLease(lease) is { } refusal)
            throw refusal.ToException();
    }

    private static LeaseTimeToLiveResponse Unknown(long id) => new() { ID = id, TTL = -1 };

    /// <summary>Renews a lease wherever time is counted; the leader may change meanwhile.</summary>
    /// <returns>The granted time to live in seconds, 0 if there is no such lease.</returns>
    private async ValueTask<long> RenewAsync(long id, CallContext context, CancellationToken cancellation)
    {
        using var patience = new Patience(_core.Clock, _core.Options.RequestTimeout, cancellation, _core.StoppingToken);
        try
        {
            await AllowRenewalAsync(id, context);
            while (true)
            {
                if (_core.State.IsLeader)
                {
                    if (await RenewHereAsync(id, patience.Token) is { } seconds)
                        return seconds;
                }
                else if (await RenewAtLeaderAsync(id, patience.Token) is { } seconds)
                {
                    return seconds;
                }

                await Task.Delay(ForwardInterval, _core.Clock, patience.Token);
            }
        }
        catch (OperationCanceledException) when (patience.IsOver && !cancellation.IsCancellationRequested)
        {
            throw patience.Refusal.ToException();
        }
    }

    /// <summary>A leader that has not ticked for a while may have been replaced without knowing.</summary>
    private async ValueTask EnsureLeadershipAsync(CancellationToken cancellation)
    {
        if (!_core.LeadershipIsDoubtful)
            return;
        await _core.Reads.WaitAsync(cancellation);
        if (!_core.State.IsLeader)
            throw EtcdErrors.NotLeader.ToException();
    }

    private async ValueTask<long?> RenewAtLeaderAsync(long id, CancellationToken cancellation)
    {
        ClusterMember leader = await _core.WaitLeaderAsync(cancellation);
        foreach (string url in leader.PeerUrls)
        {
            try
            {
                return await _core.Seams.Peers.Client.RenewLeaseAsync(url, id, cancellation);
            }
            catch (RefusalException refusal) when (refusal.Error == EtcdErrors.LeaseNotFound)
            {
                return 0;
            }
            catch (Exception failure) when (failure is RefusalException or PeerRequestException)
            {
                _core.Log.Debug("failed to renew a lease at the leader", new LogField("address", url), new LogField("error", failure.Message));
            }
        }

        return null;
    }

    private async ValueTask<LeaseTimeToLiveResponse> LookUpAtLeaderAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation)
    {
        using var patience = new Patience(_core.Clock, _core.Options.RequestTimeout, cancellation, _core.StoppingToken);
        try
        {
            while (true)
            {
                if (_core.State.IsLeader)
                    return await LookUpHereAsync(request, patience.Token) ?? Unknown(request.ID);
                ClusterMember leader = await _core.WaitLeaderAsync(patience.Token);
                foreach (string url in leader.PeerUrls)
                {
                    try
                    {
                        return await _core.Seams.Peers.Client.GetLeaseAsync(url, request, patience.Token);
                    }
                    catch (RefusalException refusal) when (refusal.Error == EtcdErrors.LeaseNotFound)
                    {
                        return Unknown(request.ID);
                    }
                    catch (Exception failure) when (failure is RefusalException or PeerRequestException)
                    {
                        _core.Log.Debug("failed to ask the leader for a lease", new LogField("address", url), new LogField("error", failure.Message));
                    }
                }

                await Task.Delay(ForwardInterval, _core.Clock, patience.Token);
            }
        }
        catch (OperationCanceledException) when (patience.IsOver && !cancellation.IsCancellationRequested)
        {
            throw patience.Refusal.ToException();
        }
    }

    private static InternalRaftRequest ClearedCheckpoint(long id) =>
        new() { LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { new LeaseCheckpoint { ID = id } } } };
}
