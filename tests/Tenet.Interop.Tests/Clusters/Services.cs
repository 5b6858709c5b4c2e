using Google.Protobuf;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>What every member of a cluster does for its clients, whichever program it runs and whether it leads or follows.</summary>
internal static class Services
{
    /// <summary>Keys, watches and leases through each member, seen by each member.</summary>
    public static async Task WorkThroughAllAsync(Cluster cluster, string prefix)
    {
        List<ClusterMember> members = [.. cluster.Running];
        List<GrpcStream<WatchRequest, WatchResponse>> watches = [];
        try
        {
            foreach (ClusterMember member in members)
                watches.Add(await WatchAsync(member, prefix));
            List<long> revisions = [];
            foreach (ClusterMember member in members)
            {
                GrpcReply<PutResponse> put = await member.Client.PutAsync($"{prefix}/{member.Name}", $"written through {member}");
                Assert.True(put.Status == 0, $"put through {member}: {put.Status} {put.Text}");
                revisions.Add(put.Value.Header.Revision);
                // Linearizable: at once visible through everybody.
                foreach (ClusterMember reader in members)
                    Assert.Equal($"written through {member}", await ReadAsync(reader, $"{prefix}/{member.Name}"));
            }
            for (int i = 0; i < members.Count; i++)
                Assert.Equal(revisions, await EventRevisionsAsync(watches[i], revisions.Count));
        }
        finally
        {
            watches.ForEach(watch => watch.Dispose());
        }
        foreach (ClusterMember member in members)
            await LeaseAsync(member, members, prefix);
    }

    /// <summary>Many small writes, through one member.</summary>
    public static async Task FillAsync(ClusterMember through, string prefix, int count)
    {
        for (int i = 0; i < count; i++)
        {
            GrpcReply<PutResponse> put = await through.Client.PutAsync($"{prefix}/{i % 40}", new string('x', i));
            Assert.True(put.Status == 0, $"put {i} through {through}: {put.Status} {put.Text}");
        }
    }

    public static async Task<string?> ReadAsync(ClusterMember member, string key, bool serializable = false)
    {
        GrpcReply<RangeResponse> reply = await member.Client.RangeAsync(new RangeRequest { Key = Text(key), Serializable = serializable });
        Assert.True(reply.Status == 0, $"get through {member}: {reply.Status} {reply.Text}");
        return reply.Value.Kvs.Count == 0 ? null : reply.Value.Kvs[0].Value.ToStringUtf8();
    }

    /// <summary>A lease that one member grants is kept alive, looked up and revoked through the others.</summary>
    private static async Task LeaseAsync(ClusterMember grants, List<ClusterMember> members, string prefix)
    {
        GrpcReply<LeaseGrantResponse> granted = await grants.Client.GrantAsync(0, 100);
        Assert.True(granted.Status == 0, $"grant through {grants}: {granted.Status} {granted.Text}");
        long lease = granted.Value.ID;
        string key = $"{prefix}/leased";
        Assert.Equal(0, (await grants.Client.PutAsync(new PutRequest { Key = Text(key), Value = Text("leased"), Lease = lease })).Status);
        foreach (ClusterMember member in members)
        {
            Assert.Equal("leased", await ReadAsync(member, key));
            using GrpcStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> keepAlive =
                member.Client.Grpc.Open<LeaseKeepAliveRequest, LeaseKeepAliveResponse>("/etcdserverpb.Lease/LeaseKeepAlive");
            keepAlive.Send(new LeaseKeepAliveRequest { ID = lease });
            LeaseKeepAliveResponse? kept = await keepAlive.ReadAsync();
            Assert.True(kept?.TTL == 100, $"keep-alive through {member}: {kept} {(kept is null ? await keepAlive.StatusAsync() : default)}");
            GrpcReply<LeaseTimeToLiveResponse> left = await member.Client.TimeToLiveAsync(lease);
            Assert.True(left.Status == 0, $"time to live through {member}: {left.Status} {left.Text}");
            Assert.Equal(100, left.Value.GrantedTTL);
            Assert.InRange(left.Value.TTL, 90, 100);
            Assert.Equal([Text(key)], left.Value.Keys);
            GrpcReply<LeaseTimeToLiveResponse> unknown = await member.Client.TimeToLiveAsync(lease + 1);
            Assert.Equal(-1, unknown.Value.TTL);
        }
        ClusterMember revokes = members[(members.IndexOf(grants) + 1) % members.Count];
        Assert.Equal(0, (await revokes.Client.RevokeAsync(lease)).Status);
        foreach (ClusterMember member in members)
            Assert.Null(await ReadAsync(member, key));
    }

    private static async Task<GrpcStream<WatchRequest, WatchResponse>> WatchAsync(ClusterMember member, string prefix)
    {
        GrpcStream<WatchRequest, WatchResponse> watch = member.Client.Watch();
        watch.Send(new WatchRequest { CreateRequest = new() { Key = Text(prefix), RangeEnd = Text(prefix + "0") } });
        WatchResponse? created = await watch.ReadAsync();
        Assert.True(created is { Created: true }, $"watch through {member}: {created}");
        return watch;
    }

    private static async Task<List<long>> EventRevisionsAsync(GrpcStream<WatchRequest, WatchResponse> watch, int count)
    {
        List<long> revisions = [];
        while (revisions.Count < count)
        {
            WatchResponse response = await watch.ReadAsync() ?? throw new InvalidOperationException($"the watch ended: {await watch.StatusAsync()}");
            Assert.False(response.Canceled, response.ToString());
            foreach (Event one in response.Events)
                revisions.Add(one.Kv.ModRevision);
        }
        return revisions;
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);
}
