using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Rpc.Http;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Listening;

public class ListeningTests
{
    private static readonly HttpEndpoint Hello = new("/hello", _ => new ValueTask<EndpointReply>(EndpointReply.Text(200, "hello")));

    [Fact]
    public async Task One_port_answers_both_grpc_and_http()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0") { Endpoints = [Hello] });
        using var client = new GrpcClient(server.Uri);
        using var http = new HttpClient();
        for (int i = 0; i < 3; i++)
        {
            (await client.PutAsync()).IsOk();
            Assert.Equal("hello", await http.GetStringAsync(new Uri(server.Uri, "/hello")));
        }
    }

    [Fact]
    public async Task A_caller_who_closes_his_half_of_the_connection_gets_his_answer()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0") { Endpoints = [Hello] });
        for (int i = 0; i < 20; i++)
        {
            using var raw = new RawConnection(server.Uri);
            raw.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            raw.CloseHalf();
            Assert.EndsWith("hello", raw.ReadToEnd());
        }
    }

    [Fact]
    public async Task Work_for_a_caller_who_is_gone_ends()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        HttpEndpoint endless = new("/endless", async call =>
        {
            begun.SetResult();
            using CancellationTokenRegistration end = call.Cancellation.Register(ended.SetResult);
            await ended.Task;
            return EndpointReply.Text(200, "");
        });
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0") { Endpoints = [endless] });
        using (var raw = new RawConnection(server.Uri))
        {
            raw.Send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            await begun.Task.WaitAsync(TestServer.Patience);
        }
        await ended.Task.WaitAsync(TestServer.Patience);
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005hello")]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")]
    public async Task Garbage_is_closed_without_an_answer(string bytes)
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0") { Endpoints = [Hello] });
        using var raw = new RawConnection(server.Uri);
        raw.Send(Encoding.Latin1.GetBytes(bytes));
        Assert.Equal("", raw.ReadToEnd());
        await StillServesAsync(server);
    }

    [Fact]
    public async Task Garbage_behind_the_preface_ends_the_connection()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0"));
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.Send(Encoding.Latin1.GetBytes(new string('x', 100)));
        Assert.NotNull(raw.ReadFrame(RawConnection.GoAway));
        raw.ReadToEnd();
        await StillServesAsync(server);
    }

    [Fact]
    public async Task A_frame_cut_short_by_the_caller_s_death_does_no_harm()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0"));
        using (var raw = RawConnection.OpenHttp2(server.Uri))
        {
            raw.SendCall(1, "/etcdserverpb.KV/Put");
            raw.Send([0, 0, 200, RawConnection.Data, 0, 0, 0, 0, 1, 0, 0]);
        }
        await StillServesAsync(server);
    }

    [Fact]
    public async Task Headers_beyond_every_measure_are_refused()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0") { Endpoints = [Hello] });
        using var raw = RawConnection.OpenHttp2(server.Uri);
        byte[] block = RawConnection.HeaderBlock((":method", "POST"), (":scheme", "http"), (":path", "/x"), ("big", new string('x', 2_000_000)));
        raw.SendFrame(RawConnection.Headers, 0, 1, block.AsSpan(0, 10_000));
        try
        {
            for (int at = 10_000; at < block.Length; at += 10_000)
                raw.SendFrame(RawConnection.Continuation, (byte)(at + 10_000 >= block.Length ? 4 : 0), 1, block.AsSpan(at, Math.Min(10_000, block.Length - at)));
        }
        catch (IOException)
        {
            // The server may close before it has heard everything.
        }
        while (raw.ReadFrame() is { } frame)
            Assert.NotEqual(RawConnection.Headers, frame.Type);

        using var http1 = new RawConnection(server.Uri);
        http1.Send(Encoding.ASCII.GetBytes("GET /hello HTTP/1.1\r\nHost: x\r\n"));
        try
        {
            for (int i = 0; i < 200; i++)
                http1.Send(Encoding.ASCII.GetBytes($"h{i}: {new string('x', 10_000)}\r\n"));
        }
        catch (IOException)
        {
            // As above.
        }
        string answer = http1.ReadToEnd();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 431 ", StringComparison.Ordinal), answer);
        await StillServesAsync(server);
    }

    [Fact]
    public async Task A_token_of_many_kilobytes_is_no_trouble()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://127.0.0.1:0"));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync(("token", new string('t', 100_000)))).IsOk();
    }

    [Fact]
    public async Task A_listener_without_pages_closes_http_and_one_without_grpc_closes_http2()
    {
        await using TestServer server = await StartAsync(
            new RpcListener("http://127.0.0.1:0"), new RpcListener("http://127.0.0.1:0") { Grpc = false, Endpoints = [Hello] });
        using var http1 = new RawConnection(new Uri(server.Server.Urls[0]));
        http1.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        Assert.Equal("", http1.ReadToEnd());
        using var http2 = RawConnection.OpenHttp2(new Uri(server.Server.Urls[1]));
        Assert.Equal("", http2.ReadToEnd());
        using var http = new HttpClient();
        Assert.Equal("hello", await http.GetStringAsync(new Uri(server.Server.Urls[1] + "/hello")));
    }

    [Fact]
    public async Task A_unix_socket_serves_and_takes_the_place_of_a_dead_one()
    {
        string path = Path.Combine(Path.GetTempPath(), $"tenet-{Guid.NewGuid():N}.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
        }
        await File.WriteAllTextAsync(path + ".keep", "");
        var listener = new RpcListener("unix://" + path) { Endpoints = [Hello] };
        await using (TestServer server = await StartUnixAsync(listener))
        {
            Assert.Equal("unix://" + path, server.Server.Urls[1]);
            using var http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            Assert.Equal("hello", await http.GetStringAsync(new Uri("http://unix/hello")));

            IOException taken = await Assert.ThrowsAsync<IOException>(() => StartUnixAsync(listener));
            Assert.Equal($"listen unix {path}: bind: address already in use", taken.Message);
        }
        Assert.False(File.Exists(path));
        File.Delete(path + ".keep");
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_nothing_stays_bound()
    {
        await using TestServer first = await StartAsync(new RpcListener("http://127.0.0.1:0"));
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string free = $"http://{probe.LocalEndPoint}";
        probe.Close();

        string taken = first.Server.Urls[0];
        IOException failure = await Assert.ThrowsAsync<IOException>(() => StartAsync(new RpcListener(free), new RpcListener(taken)));
        Assert.Equal($"listen tcp {taken[7..]}: bind: address already in use", failure.Message);
        await using TestServer second = await StartAsync(new RpcListener(free));
        Assert.Equal(free, second.Server.Urls[0]);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named()
    {
        IOException failure = await Assert.ThrowsAsync<IOException>(() => StartAsync(new RpcListener("http://192.0.2.1:43210")));
        Assert.StartsWith("listen tcp 192.0.2.1:43210: bind: ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0", "listen URL https://127.0.0.1:0: no TLS settings")]
    [InlineData("unixs://x", "listen URL unixs://x: no TLS settings")]
    [InlineData("ftp://127.0.0.1:1", "listen URL ftp://127.0.0.1:1: unknown scheme ftp")]
    [InlineData("127.0.0.1:2379", "listen URL 127.0.0.1:2379: no scheme (http://, https://, unix:// or unixs://)")]
    [InlineData("http://127.0.0.1", "listen URL http://127.0.0.1: it must end with :PORT")]
    [InlineData("http://127.0.0.1:99999", "listen URL http://127.0.0.1:99999: it must end with :PORT")]
    [InlineData("http://example.com:2379", "listen URL http://example.com:2379: example.com is not an IP address")]
    [InlineData("unix://", "listen URL unix://: no path")]
    public async Task Urls_that_cannot_be_served_are_refused_by_name(string url, string message)
    {
        ArgumentException failure = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(new RpcListener(url)));
        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public async Task Localhost_and_ipv6_are_understood()
    {
        await using TestServer server = await StartAsync(new RpcListener("http://localhost:0"), new RpcListener("http://[::1]:0"));
        Assert.StartsWith("http://127.0.0.1:", server.Server.Urls[0], StringComparison.Ordinal);
        Assert.StartsWith("http://[::1]:", server.Server.Urls[1], StringComparison.Ordinal);
        using var client = new GrpcClient(new Uri(server.Server.Urls[1]));
        (await client.PutAsync()).IsOk();
    }

    private static Task<TestServer> StartAsync(params RpcListener[] listeners) =>
        TestServer.StartAsync(options => options with { Listeners = listeners }, TestServer.Put());

    private static Task<TestServer> StartUnixAsync(RpcListener listener) => StartAsync(new RpcListener("http://127.0.0.1:0"), listener);

    private static async Task StillServesAsync(TestServer server)
    {
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
        Assert.Empty(server.Log.Lines);
    }
}
