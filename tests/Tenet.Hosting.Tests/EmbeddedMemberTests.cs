using System.Buffers;
using System.Text;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Foundation.Files.Simulation;
using Tenet.Hosting.Testing;

namespace Tenet.Hosting.Tests;

public sealed class EmbeddedMemberTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-embedded-").FullName;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task A_member_in_memory_serves_a_client_without_a_disk_or_a_port()
    {
        await using TenetMember member = await TenetMember.StartAsync(TenetOptions.InMemory());
        await using TenetClient client = member.CreateClient();
        await client.PutAsync("greeting", "hello");
        Assert.Equal("hello", await client.GetAsync("greeting"));
        Assert.Empty(member.Urls);
        Assert.Empty(member.PeerUrls);
        Assert.False(Directory.Exists("/data/member"));
    }

    [Fact]
    public async Task Pages_are_served_over_a_connection_within_the_process()
    {
        await using TenetMember member = await TenetMember.StartAsync(TenetOptions.InMemory());
        using HttpClient http = new(new SocketsHttpHandler { ConnectCallback = (_, _) => new(member.Connect()) });
        Assert.Equal("ok\n", await http.GetStringAsync(new Uri("http://member/readyz")));
        Assert.Contains("\"etcdserver\":\"3.7.1\"", await http.GetStringAsync(new Uri("http://member/version")));
    }

    [Fact]
    public async Task A_client_within_the_process_reaches_a_member_with_ports_as_well()
    {
        await using TenetMember member = await TenetMember.StartAsync(new TenetOptions
        {
            DataDirectory = Path.Combine(_scratch, "ports"),
            ListenClientUrls = [Server.EtcdUrl.Parse("http://127.0.0.1:0")],
            ListenPeerUrls = [],
        });
        await using TenetClient inside = member.CreateClient();
        await using TenetClient outside = new(member.Urls.Single());
        await inside.PutAsync("from", "inside");
        Assert.Equal("inside", await outside.GetAsync("from"));
    }

    [Fact]
    public async Task What_a_member_without_ports_holds_is_there_after_a_restart()
    {
        TenetOptions options = TenetOptions.InProcess(Path.Combine(_scratch, "kept"));
        await using (TenetMember first = await TenetMember.StartAsync(options))
        {
            await using TenetClient client = first.CreateClient();
            await client.PutAsync("kept", "yes");
        }
        await using TenetMember second = await TenetMember.StartAsync(options);
        await using TenetClient again = second.CreateClient();
        Assert.Equal("yes", await again.GetAsync("kept"));
    }

    [Fact]
    public async Task Members_in_one_process_share_neither_keys_nor_metrics()
    {
        await using TenetMember one = await TenetMember.StartAsync(TenetOptions.InMemory("one"));
        await using TenetMember two = await TenetMember.StartAsync(TenetOptions.InMemory("two"));
        await using TenetClient ofOne = one.CreateClient();
        await using TenetClient ofTwo = two.CreateClient();
        await ofOne.PutAsync("whose", "one's");
        Assert.Null(await ofTwo.GetAsync("whose"));
        Assert.Contains("etcd_mvcc_put_total 1\n", Metrics(one));
        Assert.Contains("etcd_mvcc_put_total 0\n", Metrics(two));
    }

    [Fact]
    public async Task A_client_of_a_stopped_member_hears_that_it_is_gone()
    {
        TenetMember member = await TenetMember.StartAsync(TenetOptions.InMemory());
        await using TenetClient client = member.CreateClient();
        await client.PutAsync("a", "1");
        await member.StopAsync();
        CallException refused = await Assert.ThrowsAsync<CallException>(() => client.PutAsync("a", "2", new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
        Assert.True(refused.Code is Protocol.Errors.StatusCode.Unavailable or Protocol.Errors.StatusCode.DeadlineExceeded, refused.Message);
        Assert.Throws<IOException>(() => member.Connect());
    }

    [Fact]
    public async Task A_disk_that_fails_stops_the_member_and_nothing_else()
    {
        DiskSwitch failing = new();
        SimFileSystem disk = new() { Faults = failing };
        await using TenetMember member = await TenetMember.StartAsync(TenetOptions.OnDisk(disk, "one"));
        await using TenetClient client = member.CreateClient();
        await client.PutAsync("a", "1");
        failing.Fail("input/output error");
        await Assert.ThrowsAsync<CallException>(() => client.PutAsync("a", "2", new CallOptions { Timeout = TimeSpan.FromSeconds(5) }));
        Assert.StartsWith("the member stops: the disk failed: input/output error", await member.Failure.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.NotNull(await member.CheckLiveAsync());
    }

    private static string Metrics(TenetMember member)
    {
        ArrayBufferWriter<byte> page = new();
        member.Metrics.WriteText(page);
        return Encoding.UTF8.GetString(page.WrittenSpan);
    }
}
