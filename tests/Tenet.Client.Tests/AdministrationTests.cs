using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Tests;

[Collection(SharedServersCollection.Name)]
public sealed class AdministrationTests(SharedServers servers)
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_member_is_looked_after_under_its_endpoint(ServerKind kind)
    {
        TestServer server = await servers.GetAsync(kind);
        await using TenetClient client = server.Client(options => options.Endpoints = [$"127.0.0.1:{Ports.Next()}", server.Endpoint]);
        StatusResponse status = await client.Maintenance.StatusAsync(server.Endpoint);
        Member member = Assert.Single(await client.Cluster.ListAsync());
        Assert.Equal(status.Header.MemberId, member.ID);
        Assert.Equal([$"http://{server.Endpoint}"], member.ClientURLs);
        await client.Maintenance.DefragmentAsync(server.Endpoint);
        Assert.NotEqual(0u, (await client.Maintenance.HashKvAsync(server.Endpoint)).Hash);
        Assert.Empty(await client.Maintenance.AlarmsAsync());
        CallException unknown = await Assert.ThrowsAsync<CallException>(() => client.Cluster.PromoteAsync(42));
        Assert.Equal(EtcdErrors.MemberNotFound.Message, unknown.Message);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_snapshot_is_written_with_progress(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        await client.Kv.PutAsync("snapshot", new byte[500_000]);
        using MemoryStream file = new();
        Steps steps = new();
        SnapshotSummary summary = await client.Maintenance.SnapshotAsync(file, steps);
        Assert.Equal(file.Length, summary.Bytes);
        Assert.True(summary.Bytes > 500_000 && summary.Bytes % 512 == 32);
        Assert.Equal(summary.Bytes, steps.Seen[^1].BytesWritten);
        Assert.True(steps.Seen.Count > 2 && steps.Seen[0].BytesRemaining > 0);
    }

    private sealed class Steps : IProgress<SnapshotProgress>
    {
        public List<SnapshotProgress> Seen { get; } = [];

        public void Report(SnapshotProgress value) => Seen.Add(value);
    }
}
