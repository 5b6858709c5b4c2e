using System.Text;
using Tenet.Rpc.Http;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Limits;

/// <summary>What connections cost that do not call, or do so only to harm. Alone, because it looks at the memory of the process.</summary>
[Collection(nameof(Alone))]
public class ConnectionLimitTests
{
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Fact]
    public async Task A_thousand_idle_connections_cost_little_and_everybody_else_is_served()
    {
        const int Connections = 1000;
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<RawConnection> idle = [];
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                // Some say nothing at all, some begin and stop in the middle, most are clients that are done.
                RawConnection raw = i % 4 == 0 ? new RawConnection(server.Uri) : RawConnection.OpenHttp2(server.Uri);
                idle.Add(raw);
                if (i % 8 == 0)
                    raw.Send("PRI * HTT"u8);
                if (i % 4 == 1)
                    raw.SendFrame(RawConnection.Headers, 0, 1, RawConnection.CallBlock("/etcdserverpb.KV/Put"));
                if (i % 4 != 0)
                    Assert.NotNull(raw.ReadFrame(RawConnection.Settings));
            }

            (await client.PutAsync()).IsOk();
            long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;
            Assert.InRange(each, long.MinValue, 64 * 1024);
        }
        finally
        {
            idle.ForEach(static raw => raw.Dispose());
        }
        (await client.PutAsync()).IsOk();
    }

    [Fact]
    public async Task Calls_opened_and_reset_in_a_row_cost_no_more_than_they_are_and_everybody_else_is_served()
    {
        const int Calls = 10_000;
        const int PerWrite = 100;
        int open = 0;
        int most = 0;
        await using TestServer server = await TestServer.StartAsync(
            TestServer.Put(),
            TestServer.Watch(async (requests, _, call) =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref open));
                try
                {
                    while (await requests.ReadAsync(call.Cancellation) is not null)
                    {
                        // Whatever it asks for.
                    }
                }
                finally
                {
                    Interlocked.Decrement(ref open);
                }
            }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
        using var raw = RawConnection.OpenHttp2(server.Uri);
        Task reading = Task.Run(() => raw.ReadFrame(RawConnection.GoAway));
        byte[] block = RawConnection.CallBlock("/etcdserverpb.Watch/Watch");
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int call = 0; call < Calls && !reading.IsCompleted; call += PerWrite)
        {
            using var bytes = new MemoryStream();
            for (int i = call; i < call + PerWrite; i++)
            {
                bytes.Write(RawConnection.FrameBytes(RawConnection.Headers, 4, 2 * i + 1, block));
                bytes.Write(RawConnection.FrameBytes(RawConnection.Reset, 0, 2 * i + 1, [0, 0, 0, 8]));
            }

            raw.Send(bytes.ToArray());
            if (call % 1000 == 0)
                (await client.PutAsync()).IsOk();
        }

        (await client.PutAsync()).IsOk();
        Assert.InRange(most, 1, 5000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 << 20);
    }

    [Fact]
    public async Task Settings_without_end_from_a_caller_that_does_not_read_are_not_read_either()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        using var raw = RawConnection.OpenHttp2(server.Uri);
        byte[] settings = [.. Enumerable.Range(0, 1000).SelectMany(static _ => RawConnection.FrameBytes(RawConnection.Settings, 0, 0, [0, 3, 0, 0, 0, 1]))];
        using var stopped = new CancellationTokenSource();
        long sent = 0;
        Task flooding = Task.Run(() =>
        {
            try
            {
                while (!stopped.IsCancellationRequested)
                {
                    raw.Send(settings);
                    Interlocked.Add(ref sent, settings.Length);
                }
            }
            catch (Exception failure) when (failure is IOException or ObjectDisposedException)
            {
                // The server has had enough, or the test.
            }
        });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 200; i++)
            (await client.PutAsync()).IsOk();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 << 20);
        await stopped.CancelAsync();
        raw.Dispose();
        await flooding.WaitAsync(TestServer.Patience);
    }

    [Theory]
    [InlineData("GET /hello HTTP/1.1\r\nHost: x")]
    [InlineData("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")]
    [InlineData("POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")]
    [InlineData("GET ")]
    public async Task Slow_callers_of_pages_hold_up_nobody(string beginning)
    {
        HttpEndpoint hello = new("/hello", static _ => new ValueTask<EndpointReply>(EndpointReply.Text(200, "hello")));
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Listeners = [new RpcListener("http://127.0.0.1:0") { Grpc = false, Endpoints = [hello] }] }, TestServer.Put());
        List<RawConnection> slow = [];
        for (int i = 0; i < 100; i++)
        {
            slow.Add(new RawConnection(server.Uri));
            slow[i].Send(Encoding.ASCII.GetBytes(beginning));
        }

        using var http = new HttpClient();
        for (int i = 0; i < 10; i++)
            Assert.Equal("hello", await http.GetStringAsync(new Uri(server.Uri, "/hello")));
        slow.ForEach(static raw => raw.Dispose());
        Assert.Equal("hello", await http.GetStringAsync(new Uri(server.Uri, "/hello")));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); value > seen;)
        {
            int found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }
}
