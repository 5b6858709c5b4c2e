using System.Net;
using System.Text;
using Google.Protobuf;
using Tenet.Peer.Framing;
using Tenet.Peer.Tests.Support;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Peers;
using Tenet.State.Members;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.Peer.Tests;

/// <summary>Status, headers and bodies of everything on the peer port (contract/consensus.md, part 4).</summary>
public sealed class PageTests : IAsyncLifetime
{
    private const ulong Local = 0x22b68db6b66424ab;
    private const ulong Known = 0x83045cb001f95f46;
    private const ulong Gone = 0x7777;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private PeerNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await PeerNode.StartAsync(Local);
        ClusterView view = PeerNode.View((Local, _node.Url), (Known, "http://127.0.0.1:1")) with { Removed = [Gone] };
        _node.Member.Members = view;
        _node.Transport.Update(view);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _node.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/", 404, "404 page not found\n", false)]
    [InlineData("GET", "/members/", 404, "404 page not found\n", false)]
    [InlineData("GET", "/raft/else", 404, "404 page not found\n", false)]
    [InlineData("POST", "/members", 405, "Method Not Allowed\n", false)]
    [InlineData("POST", "/version", 405, "Method Not Allowed\n", false)]
    [InlineData("POST", "/downgrade/enabled", 405, "Method Not Allowed\n", false)]
    [InlineData("POST", "/members/hashkv", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/members/promote/1", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/leases", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/leases/internal", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/raft", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/raft/snapshot", 405, "Method Not Allowed\n", false)]
    [InlineData("POST", "/raft/stream/msgapp/83045cb001f95f46", 405, "Method Not Allowed\n", false)]
    [InlineData("GET", "/raft/stream/other/83045cb001f95f46", 404, "invalid path\n", true)]
    [InlineData("GET", "/raft/stream/msgapp/xyz", 404, "invalid from\n", true)]
    [InlineData("GET", "/raft/stream/msgapp/7777", 410, "removed member\n", true)]
    [InlineData("GET", "/raft/stream/message/8888", 404, "error sender not found\n", true)]
    [InlineData("GET", "/raft/stream/message/83045cb001f95f46", 412, "to field mismatch\n", true)]
    [InlineData("POST", "/members/promote/xyz", 404, "member xyz not found in cluster\n", false)]
    [InlineData("POST", "/members/promote/5", 404, "membership: ID not found\n", false)]
    public async Task Refusals_have_etcds_status_and_text(string method, string path, int status, string text, bool versions)
    {
        using HttpRequestMessage request = Request(method, path);
        request.Headers.Add("X-Raft-To", "1");
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Equal((status, text), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(versions, response.Headers.Contains("X-Server-Version"));
        if (status == 405 && !path.StartsWith("/leases", StringComparison.Ordinal))
            Assert.Equal(method == "GET" ? "POST" : "GET", response.Content.Headers.Allow.Single());
        if (path.StartsWith("/leases", StringComparison.Ordinal))
            Assert.Empty(response.Content.Headers.Allow);
        if (versions || path.Contains("promote", StringComparison.Ordinal) && status != 405)
            Assert.Equal("732fe94bb7b7fb83", response.Headers.GetValues("X-Etcd-Cluster-Id").Single());
    }

    [Theory]
    [InlineData("/raft/stream/msgapp/83045cb001f95f46", "GET")]
    [InlineData("/raft", "POST")]
    [InlineData("/raft/snapshot", "POST")]
    public async Task Strangers_are_told_what_is_wrong_with_them(string path, string method)
    {
        Assert.Equal((412, "incompatible version\n"), await SendAsync(Request(method, path, version: "2.9.9")));
        Assert.Equal((412, "incompatible version\n"), await SendAsync(Request(method, path, minCluster: "3.8.0")));
        Assert.Equal((412, "incompatible version\n"), await SendAsync(Request(method, path, version: null)));
        Assert.Equal((412, "cluster ID mismatch\n"), await SendAsync(Request(method, path, cluster: "1")));
        Assert.Equal((412, "cluster ID mismatch\n"), await SendAsync(Request(method, path, cluster: null)));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(Request(method, path, version: "three")));
        Assert.Empty(_node.Member.Received);
    }

    [Fact]
    public async Task A_message_is_taken_or_refused()
    {
        Message heartbeat = new Heartbeat(Local, Known, 2, 0, default);
        Assert.Equal((204, ""), await SendAsync(Request("POST", "/raft", body: RaftCodec.ToBytes(heartbeat))));
        Assert.Equal(heartbeat, Assert.Single(_node.Member.Received));
        Assert.Equal((400, "error unmarshalling raft message\n"), await SendAsync(Request("POST", "/raft", body: [0xff, 0xff])));
        _node.Member.Refusal = static _ => "cannot process message to mismatch member";
        using HttpResponseMessage refused = await _http.SendAsync(Request("POST", "/raft", body: RaftCodec.ToBytes(heartbeat)));
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal("error processing raft message\n", await refused.Content.ReadAsStringAsync());
        Assert.True(refused.Headers.ConnectionClose);
        Assert.True(refused.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task A_broken_snapshot_is_refused_and_leaves_nothing()
    {
        FrameBuffer vote = new();
        MessageFrameWriter.WriteTo(vote, new VoteRequest(Local, Known, 1, false, 0, 0, false));
        Assert.Equal((400, "failed to decode raft message (EOF)\n"), await SendAsync(Request("POST", "/raft/snapshot", body: [])));
        Assert.Equal((400, "failed to decode raft message (unexpected EOF)\n"), await SendAsync(Request("POST", "/raft/snapshot", body: [0, 0, 0, 0, 0, 0, 0, 9, 1])));
        Assert.Equal(
            (400, "failed to decode raft message (rafthttp: error limit exceeded)\n"),
            await SendAsync(Request("POST", "/raft/snapshot", body: [0, 0, 0, 0, 4, 0, 0, 1])));
        Assert.Equal((400, "wrong raft message type\n"), await SendAsync(Request("POST", "/raft/snapshot", body: vote.Written.ToArray())));
        Assert.Empty(_node.Member.Arrivals);
    }

    [Fact]
    public async Task Members_are_listed_as_etcd_lists_them()
    {
        _node.Member.Members = new ClusterView(
            [
                new(1, ["http://127.0.0.1:1"], true, "", []),
                new(ulong.MaxValue, ["http://127.0.0.1:2", "http://127.0.0.1:3"], false, "n2", ["http://127.0.0.1:4"]),
            ],
            [],
            null,
            DowngradeInfo.None);
        using HttpResponseMessage response = await _http.GetAsync(new Uri(_node.Url + "/members"));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("732fe94bb7b7fb83", response.Headers.GetValues("X-Etcd-Cluster-Id").Single());
        Assert.Equal(
            "[{\"id\":1,\"peerURLs\":[\"http://127.0.0.1:1\"],\"isLearner\":true},"
            + "{\"id\":18446744073709551615,\"peerURLs\":[\"http://127.0.0.1:2\",\"http://127.0.0.1:3\"],\"name\":\"n2\",\"clientURLs\":[\"http://127.0.0.1:4\"]}]\n",
            await response.Content.ReadAsStringAsync());
        PeerMembership read = await _node.Transport.Client.GetMembersAsync(_node.Url, CancellationToken.None);
        Assert.Equal(FakeMember.Cluster, read.ClusterId);
        Assert.Equal([1, ulong.MaxValue], read.Members.Select(static member => member.Id));
        Assert.True(read.Members[0].IsLearner);
    }

    [Fact]
    public async Task Versions_are_told_and_read()
    {
        Assert.Equal((200, "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.5.0\",\"storage\":\"unknown\"}"), await SendAsync(Request("GET", "/version")));
        PeerVersions versions = await _node.Transport.Client.GetVersionsAsync(_node.Url, CancellationToken.None);
        Assert.Equal((new Version(3, 7, 1), new Version(3, 5, 0)), (versions.Server, versions.Cluster));
        _node.Member.Members = _node.Member.Members with { ClusterVersion = null };
        _node.Member.StorageVersion = "3.6.0";
        Assert.Equal((200, "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"not_decided\",\"storage\":\"3.6.0\"}"), await SendAsync(Request("GET", "/version")));
        Assert.Null((await _node.Transport.Client.GetVersionsAsync(_node.Url, CancellationToken.None)).Cluster);
    }

    [Fact]
    public async Task Hashes_are_told_and_read()
    {
        _node.Member.Hash = static revision => revision switch
        {
            1 => throw EtcdErrors.Compacted.ToException(),
            9 => throw EtcdErrors.FutureRevision.ToException(),
            _ => new PeerHash(2331868686, -1, 132, revision),
        };
        Assert.Equal(
            (200, "{\"header\":{\"revision\":132},\"hash\":2331868686,\"compact_revision\":-1}"),
            await SendAsync(Request("GET", "/members/hashkv", body: "{\"revision\":0}"u8.ToArray())));
        Assert.Equal((400, "error unmarshalling request\n"), await SendAsync(Request("GET", "/members/hashkv", body: "{"u8.ToArray())));
        Assert.Equal((400, "mvcc: required revision has been compacted\n"), await SendAsync(Request("GET", "/members/hashkv", body: "{\"revision\":1}"u8.ToArray())));
        Assert.Equal((400, "mvcc: required revision is a future revision\n"), await SendAsync(Request("GET", "/members/hashkv", body: "{\"revision\":9}"u8.ToArray())));
        Assert.Equal((412, "cluster ID mismatch\n"), await SendAsync(Request("GET", "/members/hashkv", cluster: "1", body: "{\"revision\":0}"u8.ToArray())));

        IPeerClient client = _node.Transport.Client;
        Assert.Equal(new PeerHash(2331868686, -1, 132, 5), await client.GetHashKvAsync(_node.Url, FakeMember.Cluster, 5, CancellationToken.None));
        RefusalException compacted = await Assert.ThrowsAsync<RefusalException>(() => client.GetHashKvAsync(_node.Url, FakeMember.Cluster, 1, CancellationToken.None));
        Assert.Equal(EtcdErrors.Compacted, compacted.Error);
        await Assert.ThrowsAsync<PeerRequestException>(() => client.GetHashKvAsync(_node.Url, 1, 0, CancellationToken.None));
    }

    [Fact]
    public async Task Leases_are_renewed_and_looked_up()
    {
        long id = 0x669740b9ef9bf204;
        _node.Member.Renew = lease => lease == id ? 60 : lease == 3 ? throw EtcdErrors.NotLeader.ToException() : 0;
        _node.Member.Lease = request => request.ID == id ? new LeaseTimeToLiveResponse { ID = id, TTL = 59, GrantedTTL = 60 } : null;
        (int status, byte[] body) = await PostAsync("/leases", new LeaseKeepAliveRequest { ID = id }.ToByteArray());
        Assert.Equal(200, status);
        Assert.Equal(new LeaseKeepAliveResponse { ID = id, TTL = 60 }.ToByteArray(), body);
        (status, body) = await PostAsync("/leases/internal", [0x0a, 0x0c, .. new LeaseTimeToLiveRequest { ID = id, Keys = true }.ToByteArray()]);
        Assert.Equal(200, status);
        Assert.Equal([0x0a, (byte)(body.Length - 2), 0x0a, 0x00], body[..4]);
        Assert.Equal((400, "error unmarshalling request\n"), Text(await PostAsync("/leases", [0xff])));
        Assert.Equal((404, "lease not found\n"), Text(await PostAsync("/leases", new LeaseKeepAliveRequest { ID = 1 }.ToByteArray())));
        Assert.Equal((400, "not a primary lessor\n"), Text(await PostAsync("/leases", new LeaseKeepAliveRequest { ID = 3 }.ToByteArray())));
        Assert.Equal((413, "request body too large\n"), Text(await PostAsync("/leases", new byte[65 * 1024])));
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync("/leases/internal", []));

        IPeerClient client = _node.Transport.Client;
        Assert.Equal(60, await client.RenewLeaseAsync(_node.Url, id, CancellationToken.None));
        Assert.Equal(59, (await client.GetLeaseAsync(_node.Url, new LeaseTimeToLiveRequest { ID = id }, CancellationToken.None)).TTL);
        RefusalException unknown = await Assert.ThrowsAsync<RefusalException>(() => client.RenewLeaseAsync(_node.Url, 1, CancellationToken.None));
        Assert.Equal(EtcdErrors.LeaseNotFound, unknown.Error);
        await Assert.ThrowsAsync<PeerRequestException>(() => client.RenewLeaseAsync(_node.Url, 3, CancellationToken.None));
    }

    [Fact]
    public async Task A_promotion_passes_on_what_the_leader_says()
    {
        _node.Member.Promote = id => id switch
        {
            1 => throw EtcdErrors.MemberNotLearner.ToException(),
            2 => throw EtcdErrors.LearnerNotReady.ToException(),
            3 => throw EtcdErrors.NoLeader.ToException(),
            4 => [new(4, ["http://127.0.0.1:1"], false, "n4", [])],
            _ => throw EtcdErrors.MemberNotFound.ToException(),
        };
        Assert.Equal((412, "membership: can only promote a learner member\n"), await SendAsync(Request("POST", "/members/promote/1", body: [])));
        Assert.Equal((412, "etcdserver: can only promote a learner member which is in sync with leader\n"), await SendAsync(Request("POST", "/members/promote/2", body: [])));
        Assert.Equal((500, "{\"message\":\"Internal Server Error\"}"), await SendAsync(Request("POST", "/members/promote/3", body: [])));
        Assert.Equal((200, "[{\"id\":4,\"peerURLs\":[\"http://127.0.0.1:1\"],\"name\":\"n4\"}]\n"), await SendAsync(Request("POST", "/members/promote/4", body: [])));

        IPeerClient client = _node.Transport.Client;
        Assert.Equal(EtcdErrors.MemberNotLearner, (await Assert.ThrowsAsync<RefusalException>(() => client.PromoteAsync(_node.Url, 1, null, CancellationToken.None))).Error);
        Assert.Equal(EtcdErrors.LearnerNotReady, (await Assert.ThrowsAsync<RefusalException>(() => client.PromoteAsync(_node.Url, 2, null, CancellationToken.None))).Error);
        Assert.Equal(EtcdErrors.MemberNotFound, (await Assert.ThrowsAsync<RefusalException>(() => client.PromoteAsync(_node.Url, 5, null, CancellationToken.None))).Error);
        Assert.Equal(4ul, (await client.PromoteAsync(_node.Url, 4, "token", CancellationToken.None)).Single().Id);
    }

    [Fact]
    public async Task A_downgrade_is_told_after_the_cluster_was_asked()
    {
        Assert.Equal((200, "false"), await SendAsync(Request("GET", "/downgrade/enabled")));
        _node.Member.Downgrade = static () => true;
        Assert.True(await _node.Transport.Client.IsDowngradeEnabledAsync(_node.Url, CancellationToken.None));
        _node.Member.Downgrade = static () => throw EtcdErrors.Timeout.ToException();
        Assert.Equal((500, "failed linearized read: etcdserver: request timed out\n"), await SendAsync(Request("GET", "/downgrade/enabled")));
    }

    [Fact]
    public async Task Nobody_is_there_before_the_member_but_probes_are_answered()
    {
        await using PeerNode early = await PeerNode.StartAsync(5, withMember: false);
        Assert.StartsWith("{\"OK\":true,\"Now\":\"", await _http.GetStringAsync(new Uri(early.Url + "/raft/probing")));
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetStringAsync(new Uri(early.Url + "/members")));
        early.Transport.Start(early.Member);
        Assert.Equal("[]\n", await _http.GetStringAsync(new Uri(early.Url + "/members")));
    }

    private static (int Status, string Text) Text((int Status, byte[] Body) answer) => (answer.Status, Encoding.UTF8.GetString(answer.Body));

    private async Task<(int Status, byte[] Body)> PostAsync(string path, byte[] body)
    {
        using HttpResponseMessage response = await _http.PostAsync(new Uri(_node.Url + path), new ByteArrayContent(body));
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    private async Task<(int Status, string Text)> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (HttpResponseMessage response = await _http.SendAsync(request))
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private HttpRequestMessage Request(
        string method, string path, string? version = "3.5.30", string? minCluster = "3.0.0", string? cluster = "732fe94bb7b7fb83", byte[]? body = null)
    {
        HttpRequestMessage request = new(new HttpMethod(method), _node.Url + path);
        if (version is not null)
            request.Headers.TryAddWithoutValidation("X-Server-Version", version);
        if (minCluster is not null)
            request.Headers.TryAddWithoutValidation("X-Min-Cluster-Version", minCluster);
        if (cluster is not null)
            request.Headers.TryAddWithoutValidation("X-Etcd-Cluster-ID", cluster);
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        return request;
    }
}
