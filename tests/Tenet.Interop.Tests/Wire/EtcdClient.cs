using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Wire;

/// <summary>etcd's calls by name.</summary>
internal sealed class EtcdClient(int port, TimeSpan? limit = null) : IDisposable
{
    public GrpcClient Grpc { get; } = new(port, limit);

    public Task<GrpcReply<RangeResponse>> RangeAsync(RangeRequest request) => Grpc.CallAsync<RangeResponse>("/etcdserverpb.KV/Range", request);

    public Task<GrpcReply<PutResponse>> PutAsync(PutRequest request) => Grpc.CallAsync<PutResponse>("/etcdserverpb.KV/Put", request);

    public Task<GrpcReply<PutResponse>> PutAsync(string key, string value) =>
        PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) });

    public Task<GrpcReply<DeleteRangeResponse>> DeleteAsync(DeleteRangeRequest request) => Grpc.CallAsync<DeleteRangeResponse>("/etcdserverpb.KV/DeleteRange", request);

    public Task<GrpcReply<TxnResponse>> TxnAsync(TxnRequest request) => Grpc.CallAsync<TxnResponse>("/etcdserverpb.KV/Txn", request);

    public Task<GrpcReply<CompactionResponse>> CompactAsync(long revision) =>
        Grpc.CallAsync<CompactionResponse>("/etcdserverpb.KV/Compact", new CompactionRequest { Revision = revision, Physical = true });

    public Task<GrpcReply<LeaseGrantResponse>> GrantAsync(long id, long ttl) =>
        Grpc.CallAsync<LeaseGrantResponse>("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { ID = id, TTL = ttl });

    public Task<GrpcReply<LeaseRevokeResponse>> RevokeAsync(long id) =>
        Grpc.CallAsync<LeaseRevokeResponse>("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = id });

    public Task<GrpcReply<LeaseTimeToLiveResponse>> TimeToLiveAsync(long id) =>
        Grpc.CallAsync<LeaseTimeToLiveResponse>("/etcdserverpb.Lease/LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = id, Keys = true });

    public Task<GrpcReply<LeaseLeasesResponse>> LeasesAsync() =>
        Grpc.CallAsync<LeaseLeasesResponse>("/etcdserverpb.Lease/LeaseLeases", new LeaseLeasesRequest());

    public Task<GrpcReply<HashKVResponse>> HashKvAsync(long revision) =>
        Grpc.CallAsync<HashKVResponse>("/etcdserverpb.Maintenance/HashKV", new HashKVRequest { Revision = revision });

    public Task<GrpcReply<StatusResponse>> StatusAsync() => Grpc.CallAsync<StatusResponse>("/etcdserverpb.Maintenance/Status", new StatusRequest());

    public Task<GrpcReply<MoveLeaderResponse>> MoveLeaderAsync(ulong target) =>
        Grpc.CallAsync<MoveLeaderResponse>("/etcdserverpb.Maintenance/MoveLeader", new MoveLeaderRequest { TargetID = target });

    public Task<GrpcReply<AlarmResponse>> AlarmsAsync() =>
        Grpc.CallAsync<AlarmResponse>("/etcdserverpb.Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Get });

    public Task<GrpcReply<MemberListResponse>> MembersAsync(bool linearizable = true) =>
        Grpc.CallAsync<MemberListResponse>("/etcdserverpb.Cluster/MemberList", new MemberListRequest { Linearizable = linearizable });

    public Task<GrpcReply<MemberAddResponse>> AddMemberAsync(string peerUrl, bool learner) =>
        Grpc.CallAsync<MemberAddResponse>("/etcdserverpb.Cluster/MemberAdd", new MemberAddRequest { PeerURLs = { peerUrl }, IsLearner = learner });

    public Task<GrpcReply<MemberUpdateResponse>> UpdateMemberAsync(ulong id, IEnumerable<string> peerUrls) =>
        Grpc.CallAsync<MemberUpdateResponse>("/etcdserverpb.Cluster/MemberUpdate", new MemberUpdateRequest { ID = id, PeerURLs = { peerUrls } });

    public Task<GrpcReply<MemberRemoveResponse>> RemoveMemberAsync(ulong id) =>
        Grpc.CallAsync<MemberRemoveResponse>("/etcdserverpb.Cluster/MemberRemove", new MemberRemoveRequest { ID = id });

    public Task<GrpcReply<MemberPromoteResponse>> PromoteMemberAsync(ulong id) =>
        Grpc.CallAsync<MemberPromoteResponse>("/etcdserverpb.Cluster/MemberPromote", new MemberPromoteRequest { ID = id });

    public GrpcStream<WatchRequest, WatchResponse> Watch() => Grpc.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch");

    /// <summary>Everything that is stored, in key order.</summary>
    public async Task<RangeResponse> EverythingAsync() => (await RangeAsync(new RangeRequest { Key = Zero, RangeEnd = Zero })).Value;

    /// <summary>What a client can know of the state, apart from history: equal on two servers that hold the same data.</summary>
    public async Task<string> SummaryAsync()
    {
        RangeResponse all = await EverythingAsync();
        HashKVResponse hash = (await HashKvAsync(0)).Value;
        StringBuilder summary = new();
        summary.AppendLine($"revision {all.Header.Revision}, {all.Count} keys, hash {hash.Hash}, compacted {hash.CompactRevision}");
        foreach (LeaseStatus lease in (await LeasesAsync()).Value.Leases.OrderBy(lease => lease.ID))
        {
            LeaseTimeToLiveResponse details = (await TimeToLiveAsync(lease.ID)).Value;
            IEnumerable<string> keys = details.Keys.Select(key => key.ToStringUtf8()).Order(StringComparer.Ordinal);
            summary.AppendLine($"lease {lease.ID} of {details.GrantedTTL} s: {string.Join(' ', keys)}");
        }
        return summary.ToString();
    }

    public void Dispose() => Grpc.Dispose();

    public static ByteString Zero { get; } = ByteString.CopyFrom(0);
}
