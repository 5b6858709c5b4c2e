using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;
using Tenet.State.Leases;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Lease (contract/api.md, 2.4). Time is counted by the leader, so the leader renews and tells.</summary>
public sealed class LeaseService
{
    private readonly MemberCore _core;

    internal LeaseService(MemberCore core) => _core = core;

    /// <summary>Makes a lease.</summary>
    public async ValueTask<LeaseGrantResponse> LeaseGrant(LeaseGrantRequest request, CallContext context)
    {
        await _core.Quota.RequireAsync(Quota.LeaseCost);
        if (request.ID == 0)
            request.ID = _core.Ids.NextLeaseId();
        var response = (LeaseGrantResponse)await _core.ReplicateAsync("LeaseGrant", new InternalRaftRequest { LeaseGrant = request }, context);
        response.Header = _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Ends a lease and deletes the keys on it.</summary>
    public async ValueTask<LeaseRevokeResponse> LeaseRevoke(LeaseRevokeRequest request, CallContext context)
    {
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
                long ttl = await RenewAsync(request.ID, ended.Token);
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
        if (!_core.State.IsLeader)
            throw EtcdErrors.NoLeader.ToException();
        await _core.WaitAppliedAsync(context.Cancellation);
        var response = new LeaseTimeToLiveResponse { ID = request.ID, TTL = -1 };
        if (_core.Lessor.TimeToLive(request.ID, request.Keys, _core.Now) is { } lease)
        {
            if (!lease.Counted)
                throw EtcdErrors.LeaderChanged.ToException();
            response.TTL = lease.RemainingSeconds;
            response.GrantedTTL = lease.GrantedSeconds;
            foreach (ReadOnlyMemory<byte> key in lease.Keys)
                response.Keys.Add(ByteString.CopyFrom(key.Span));
        }

        response.Header = _core.Headers.New();
        return response;
    }

    /// <summary>All leases, soonest expiry first.</summary>
    public ValueTask<LeaseLeasesResponse> LeaseLeases(LeaseLeasesRequest request, CallContext context)
    {
        var response = new LeaseLeasesResponse { Header = _core.Headers.New() };
        foreach (long id in _core.Lessor.Ids())
            response.Leases.Add(new LeaseStatus { ID = id });
        return new(response);
    }

    /// <returns>The granted time to live in seconds, 0 if there is no such lease.</returns>
    private async ValueTask<long> RenewAsync(long id, CancellationToken cancellation)
    {
        if (!_core.State.IsLeader)
            throw EtcdErrors.NoLeader.ToException();

        // A leader that has not ticked for a while may have been replaced without knowing.
        if (_core.LeadershipIsDoubtful)
        {
            await _core.Reads.WaitAsync(cancellation);
            if (!_core.State.IsLeader)
                throw EtcdErrors.NotLeader.ToException();
        }

        bool waited = false;
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
                    throw EtcdErrors.NotLeader.ToException();
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

    private static InternalRaftRequest ClearedCheckpoint(long id) =>
        new() { LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { new LeaseCheckpoint { ID = id } } } };
}
