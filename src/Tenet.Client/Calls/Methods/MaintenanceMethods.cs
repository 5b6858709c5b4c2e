using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.Maintenance</c>.</summary>
public static class MaintenanceMethods
{
    /// <summary><c>/etcdserverpb.Maintenance/Alarm</c></summary>
    public static ClientMethod<AlarmRequest, AlarmResponse> Alarm { get; } = ClientMethod.Of<AlarmRequest, AlarmResponse>("/etcdserverpb.Maintenance/Alarm");

    /// <summary><c>/etcdserverpb.Maintenance/Status</c></summary>
    public static ClientMethod<StatusRequest, StatusResponse> Status { get; } = ClientMethod.Of<StatusRequest, StatusResponse>("/etcdserverpb.Maintenance/Status");

    /// <summary><c>/etcdserverpb.Maintenance/Defragment</c></summary>
    public static ClientMethod<DefragmentRequest, DefragmentResponse> Defragment { get; } = ClientMethod.Of<DefragmentRequest, DefragmentResponse>("/etcdserverpb.Maintenance/Defragment");

    /// <summary><c>/etcdserverpb.Maintenance/Hash</c></summary>
    public static ClientMethod<HashRequest, HashResponse> Hash { get; } = ClientMethod.Of<HashRequest, HashResponse>("/etcdserverpb.Maintenance/Hash");

    /// <summary><c>/etcdserverpb.Maintenance/HashKV</c></summary>
    public static ClientMethod<HashKVRequest, HashKVResponse> HashKV { get; } = ClientMethod.Of<HashKVRequest, HashKVResponse>("/etcdserverpb.Maintenance/HashKV");

    /// <summary><c>/etcdserverpb.Maintenance/Snapshot</c></summary>
    public static ClientMethod<SnapshotRequest, SnapshotResponse> Snapshot { get; } = ClientMethod.Of<SnapshotRequest, SnapshotResponse>("/etcdserverpb.Maintenance/Snapshot");

    /// <summary><c>/etcdserverpb.Maintenance/MoveLeader</c></summary>
    public static ClientMethod<MoveLeaderRequest, MoveLeaderResponse> MoveLeader { get; } = ClientMethod.Of<MoveLeaderRequest, MoveLeaderResponse>("/etcdserverpb.Maintenance/MoveLeader");

    /// <summary><c>/etcdserverpb.Maintenance/Downgrade</c></summary>
    public static ClientMethod<DowngradeRequest, DowngradeResponse> Downgrade { get; } = ClientMethod.Of<DowngradeRequest, DowngradeResponse>("/etcdserverpb.Maintenance/Downgrade");
}
