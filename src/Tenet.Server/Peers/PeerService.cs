using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>What a member does for its peers.</summary>
public sealed class PeerService : IPeerService
{
    private readonly MemberEngine _engine;

    internal PeerService(MemberEngine engine) => _engine = engine;

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
    public string? Receive(Message message) => _engine.Consensus.Messages.TryPost(message) ? null : "too many messages wait";

    /// <inheritdoc/>
    public IncomingSnapshot Receive(InstallSnapshot message) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportUnreachable(ulong memberId) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportSnapshot(ulong memberId, bool delivered) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void ReportRemoved() => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public PeerHash HashKv(long revision) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<long> RenewLeaseAsync(long id, CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<LeaseTimeToLiveResponse?> GetLeaseAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CancellationToken cancellation) => throw new NotImplementedException();
}
