using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Services;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Peers;

/// <summary>What a member does for its peers.</summary>
public sealed class PeerService : IPeerService
{
    private readonly MemberEngine _engine;

    private readonly LeaseService _leases;
    private readonly ClusterService _cluster;

    internal PeerService(MemberEngine engine, LeaseService leases, ClusterService cluster)
    {
        _engine = engine;
        _leases = leases;
        _cluster = cluster;
    }

    /// <inheritdoc/>
    public ulong MemberId => _engine.Core.MemberId;

    /// <inheritdoc/>
    public ulong ClusterId => _engine.ClusterId;

    /// <inheritdoc/>
    public ClusterView Members => _engine.Core.Members.Current;

    /// <inheritdoc/>
    public IReadOnlyList<string> AdvertisedUrls => _engine.Core.Options.AdvertisePeerUrls;

    /// <inheritdoc/>
    public string? StorageVersion => _engine.Core.StorageVersion.Detect()?.ToString(3);

    /// <inheritdoc/>
    public string? Receive(Message message) => _engine.Inlet.Receive(message);

    /// <inheritdoc/>
    public IncomingSnapshot Receive(InstallSnapshot message) => _engine.Inlet.Receive(message);

    /// <inheritdoc/>
    public void ReportUnreachable(ulong memberId) => _engine.Inlet.ReportUnreachable(memberId);

    /// <inheritdoc/>
    public void ReportGone(ulong memberId) => _engine.Inlet.ReportGone(memberId);

    /// <inheritdoc/>
    public void ReportSnapshot(ulong memberId, bool delivered) => _engine.Inlet.ReportSnapshot(memberId, delivered);

    /// <inheritdoc/>
    public void ReportRemoved() => _engine.Inlet.ReportRemoved();

    /// <inheritdoc/>
    public async ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation)
    {
        await _engine.Core.Reads.WaitAsync(cancellation);
        return _engine.Core.Members.Current.Downgrade.Enabled;
    }

    /// <inheritdoc/>
    public PeerHash HashKv(long revision)
    {
        Outcome<HashKvResult> outcome = _engine.Core.Store.HashKv(revision);
        if (outcome.IsRefused)
            throw outcome.Error.ToException();
        HashKvResult hash = outcome.Response;
        return new PeerHash(hash.Hash, hash.CompactRevision, _engine.Core.Store.CurrentRevision, hash.Revision);
    }

    /// <inheritdoc/>
    public async ValueTask<long> RenewLeaseAsync(long id, CancellationToken cancellation) =>
        await _leases.RenewHereAsync(id, cancellation) ?? throw EtcdErrors.NotLeader.ToException();

    /// <inheritdoc/>
    public ValueTask<LeaseTimeToLiveResponse?> GetLeaseAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation) =>
        _leases.LookUpHereAsync(request, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CancellationToken cancellation) =>
        _cluster.PromoteAsync(id, token, null, cancellation);
}
