using System.Collections.Concurrent;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Members;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.Peer.Tests.Support;

/// <summary>A member that keeps what it is told and answers what a test has prepared.</summary>
internal sealed class FakeMember(ulong memberId) : IPeerService
{
    public const ulong Cluster = 0x732fe94bb7b7fb83;

    public ulong MemberId => memberId;

    public ulong ClusterId { get; set; } = Cluster;

    public ClusterView Members { get; set; } = new([], [], null, DowngradeInfo.None);

    public IReadOnlyList<string> AdvertisedUrls { get; set; } = ["http://127.0.0.1:1"];

    public string? StorageVersion { get; set; }

    public ConcurrentQueue<Message> Received { get; } = new();

    public ConcurrentQueue<ulong> Unreachable { get; } = new();

    public ConcurrentQueue<ulong> Gone { get; } = new();

    public ConcurrentQueue<(ulong Member, bool Delivered)> Snapshots { get; } = new();

    public ConcurrentQueue<FakeArrival> Arrivals { get; } = new();

    public bool Removed { get; private set; }

    /// <summary>What <see cref="Receive(Message)"/> answers.</summary>
    public Func<Message, string?> Refusal { get; set; } = static _ => null;

    public Func<long, PeerHash> Hash { get; set; } = static _ => new PeerHash(1, -1, 1, 1);

    public Func<long, long> Renew { get; set; } = static _ => 60;

    public Func<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse?> Lease { get; set; } = static _ => null;

    public Func<ulong, IReadOnlyList<ClusterMember>> Promote { get; set; } = static _ => throw EtcdErrors.MemberNotFound.ToException();

    public Func<bool> Downgrade { get; set; } = static () => false;

    public string? Receive(Message message)
    {
        if (Refusal(message) is { } refusal)
            return refusal;
        Received.Enqueue(message);
        return null;
    }

    public IncomingSnapshot Receive(InstallSnapshot message)
    {
        FakeArrival arrival = new(message);
        Arrivals.Enqueue(arrival);
        return arrival;
    }

    public void ReportUnreachable(ulong memberId) => Unreachable.Enqueue(memberId);

    public void ReportGone(ulong memberId) => Gone.Enqueue(memberId);

    public void ReportSnapshot(ulong memberId, bool delivered) => Snapshots.Enqueue((memberId, delivered));

    public void ReportRemoved() => Removed = true;

    public ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation) => ValueTask.FromResult(Downgrade());

    public PeerHash HashKv(long revision) => Hash(revision);

    public ValueTask<long> RenewLeaseAsync(long id, CancellationToken cancellation) => ValueTask.FromResult(Renew(id));

    public ValueTask<LeaseTimeToLiveResponse?> GetLeaseAsync(LeaseTimeToLiveRequest request, CancellationToken cancellation) => ValueTask.FromResult(Lease(request));

    public ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CancellationToken cancellation) => ValueTask.FromResult(Promote(id));
}

/// <summary>Counts a database that arrives.</summary>
internal sealed class FakeArrival(InstallSnapshot message) : IncomingSnapshot
{
    private uint _sum;

    public InstallSnapshot Message => message;

    public long Length { get; private set; }

    public int LargestPiece { get; private set; }

    public uint Sum => _sum;

    public bool Completed { get; private set; }

    public bool Disposed { get; private set; }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        LargestPiece = Math.Max(LargestPiece, bytes.Length);
        _sum = Checksum(_sum, bytes);
    }

    public override void Complete() => Completed = true;

    public override void Dispose() => Disposed = true;

    public static uint Checksum(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            sum = System.Numerics.BitOperations.Crc32C(sum, value);
        return sum;
    }
}
