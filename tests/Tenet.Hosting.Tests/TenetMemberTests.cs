using System.Net;
using System.Net.Sockets;
using Tenet.Foundation;
using Tenet.Server;

namespace Tenet.Hosting.Tests;

public sealed class TenetMemberTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-hosting-").FullName;
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_scratch, recursive: true);
    }

    [Fact]
    public async Task A_member_serves_its_pages_on_the_port_it_was_given_by_the_system()
    {
        await using TenetMember member = await TenetMember.StartAsync(Options("one"));
        Assert.Equal("{\"health\":\"true\",\"reason\":\"\"}", await GetAsync(member.Urls[0], "/health"));
        Assert.Equal("ok\n", await GetAsync(member.Urls[0], "/readyz"));
        Assert.Contains("\"etcdserver\":\"3.7.1\"", await GetAsync(member.Urls[0], "/version"));
        Assert.Contains("etcd_server_has_leader 1", await GetAsync(member.Urls[0], "/metrics"));
    }

    [Fact]
    public async Task Http_and_metrics_can_have_ports_of_their_own()
    {
        await using TenetMember member = await TenetMember.StartAsync(Options("one") with
        {
            ListenClientHttpUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
            ListenMetricsUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
        });
        Assert.Equal(3, member.Urls.Count);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => GetAsync(member.Urls[0], "/health"));
        Assert.Equal("ok\n", await GetAsync(member.Urls[1], "/livez"));
        Assert.Equal("ok\n", await GetAsync(member.Urls[2], "/livez"));
        using HttpResponseMessage version = await _http.GetAsync(new Uri(member.Urls[2] + "/version"));
        Assert.Equal(HttpStatusCode.NotFound, version.StatusCode);
    }

    [Fact]
    public async Task Pages_of_profiles_tell_what_there_is_and_what_there_is_not()
    {
        await using TenetMember member = await TenetMember.StartAsync(Options("one") with { EnablePprof = true });
        Assert.Contains("go tool pprof cannot read it", await GetAsync(member.Urls[0], "/debug/pprof/"));
        Assert.Contains("threads of the pool: ", await GetAsync(member.Urls[0], "/debug/pprof/goroutine?debug=1"));
        Assert.Contains("generation 2: ", await GetAsync(member.Urls[0], "/debug/pprof/heap"));
        Assert.Contains(Environment.GetCommandLineArgs()[0], await GetAsync(member.Urls[0], "/debug/pprof/cmdline"));
        using HttpResponseMessage profile = await _http.GetAsync(new Uri(member.Urls[0] + "/debug/pprof/profile?seconds=5"));
        Assert.Equal(HttpStatusCode.NotImplemented, profile.StatusCode);
        Assert.Contains($"dotnet-trace collect --profile dotnet-sampled-thread-time -p {Environment.ProcessId}", await profile.Content.ReadAsStringAsync());

        await using TenetMember other = await TenetMember.StartAsync(Options("two"));
        using HttpResponseMessage none = await _http.GetAsync(new Uri(other.Urls[0] + "/debug/pprof/"));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Members_share_an_address_if_they_are_told_to()
    {
        if (!OperatingSystem.IsLinux())
            return;
        TenetOptions sharing = Options("one") with { SocketReusePort = true };
        await using TenetMember one = await TenetMember.StartAsync(sharing);
        EtcdUrl[] same = [EtcdUrl.Parse(one.Urls[0])];
        await Assert.ThrowsAsync<IOException>(() => TenetMember.StartAsync(Options("two") with { ListenClientUrls = same }));
        await using TenetMember two = await TenetMember.StartAsync(Options("two") with { ListenClientUrls = same, SocketReusePort = true });
        Assert.Equal(one.Urls[0], two.Urls[0]);
        await one.StopAsync();
        Assert.Equal("ok\n", await GetAsync(two.Urls[0], "/livez"));
    }

    [Fact]
    public async Task Peers_are_answered_on_a_port_of_their_own()
    {
        await using TenetMember member = await TenetMember.StartAsync(Options("one"));
        string members = await GetAsync(member.PeerUrls[0], "/members");
        Assert.StartsWith("[{\"id\":", members);
        Assert.Contains("\"peerURLs\":[\"http://localhost:2380\"],\"name\":\"one\"", members);
        Assert.Contains("\"etcdserver\":\"3.7.1\"", await GetAsync(member.PeerUrls[0], "/version"));
        Assert.StartsWith("{\"OK\":true,", await GetAsync(member.PeerUrls[0], "/raft/probing"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => GetAsync(member.Urls[0], "/members"));
    }

    [Fact]
    public async Task A_taken_peer_address_is_refused_in_etcds_words_before_anything_is_written()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        string address = other.LocalEndpoint.ToString()!;
        TenetOptions options = Options("one") with { ListenPeerUrls = [EtcdUrl.Parse("http://127.0.0.1:0"), EtcdUrl.Parse($"http://{address}")] };
        IOException refused = await Assert.ThrowsAsync<IOException>(() => TenetMember.StartAsync(options));
        Assert.Equal($"listen tcp {address}: bind: address already in use", refused.Message);
        Assert.False(Directory.Exists(Path.Combine(_scratch, "one")));
    }

    [Fact]
    public async Task Peers_that_nobody_could_dial_are_refused_before_anything_is_written()
    {
        TenetOptions options = Options("one");
        options = options with { Member = options.Member with { InitialCluster = [.. options.Member.InitialCluster, new("two", ["unix:///run/two.sock"])] } };
        MemberStartException refused = await Assert.ThrowsAsync<MemberStartException>(() => TenetMember.StartAsync(options));
        Assert.Equal("peer URL unix:///run/two.sock cannot be dialled", refused.Message);
        Assert.False(Directory.Exists(Path.Combine(_scratch, "one")));
    }

    [Fact]
    public async Task Several_members_live_in_one_process()
    {
        await using TenetMember one = await TenetMember.StartAsync(Options("one"));
        await using TenetMember two = await TenetMember.StartAsync(Options("two"));
        await one.StopAsync();
        await one.StopAsync();
        Assert.Equal("ok\n", await GetAsync(two.Urls[0], "/readyz"));
        Assert.False(two.Failure.IsCompleted);
    }

    [Fact]
    public async Task A_stopped_member_starts_again_as_the_same_member()
    {
        ulong id;
        await using (TenetMember first = await TenetMember.StartAsync(Options("one")))
            id = first.Member.Status.MemberId;
        await using TenetMember second = await TenetMember.StartAsync(Options("one"));
        Assert.Equal(id, second.Member.Status.MemberId);
        Assert.True(second.Member.Status.Term > 1);
    }

    [Fact]
    public async Task A_taken_address_is_named_before_anything_is_written()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://{taken.LocalEndpoint}";
        IOException refused = await Assert.ThrowsAnyAsync<IOException>(() => TenetMember.StartAsync(Options("one") with { ListenClientUrls = [EtcdUrl.Parse(url)] }));
        Assert.Equal($"listen tcp {taken.LocalEndpoint}: bind: address already in use", refused.Message);
        Assert.False(Directory.Exists(Path.Combine(_scratch, "one")));
    }

    [Fact]
    public async Task A_damaged_log_fails_the_start_and_not_the_process()
    {
        await using (TenetMember first = await TenetMember.StartAsync(Options("one")))
            await first.StopAsync();
        string segment = Directory.GetFiles(Path.Combine(_scratch, "one", "member", "wal"), "*.wal")[0];
        await using (FileStream file = new(segment, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 40;
            int value = file.ReadByte();
            file.Position = 40;
            file.WriteByte((byte)(value ^ 1));
        }
        CorruptionException refused = await Assert.ThrowsAsync<CorruptionException>(() => TenetMember.StartAsync(Options("one")));
        Assert.Contains(segment, refused.Message);
    }

    private TenetOptions Options(string name) => new()
    {
        Member = new MemberOptions
        {
            Name = name,
            DataDirectory = Path.Combine(_scratch, name),
            InitialCluster = [new(name, ["http://localhost:2380"])],
        },
        ListenClientUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
        ListenPeerUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
    };

    private async Task<string> GetAsync(string url, string path) => await _http.GetStringAsync(new Uri(url + path));
}
