using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Calls;

public class StreamTests
{
    private const string WatchPath = "/etcdserverpb.Watch/Watch";
    private const string SnapshotPath = "/etcdserverpb.Maintenance/Snapshot";

    [Fact]
    public async Task Each_message_of_a_duplex_call_goes_out_at_once_and_half_close_ends_it()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync(WatchPath);
        for (int id = 1; id <= 3; id++)
        {
            await stream.SendAsync(Create(id));
            Assert.Equal(id, (await stream.ReadAsync<WatchResponse>())!.WatchId);
        }
        stream.CloseRequests();
        Assert.Null(await stream.ReadAsync<WatchResponse>());
        (await stream.EndAsync()).IsOk();
    }

    [Fact]
    public async Task Messages_split_and_joined_on_the_wire_are_read_one_by_one()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync(WatchPath);
        byte[] three = [.. GrpcClient.Frame(Create(1)), .. GrpcClient.Frame(Create(2)), .. GrpcClient.Frame(Create(3))];
        foreach (byte one in three[..10])
            await stream.SendAsync([one]);
        await stream.SendAsync(three[10..]);
        for (int id = 1; id <= 3; id++)
            Assert.Equal(id, (await stream.ReadAsync<WatchResponse>())!.WatchId);
    }

    [Fact]
    public async Task A_server_stream_delivers_everything_in_order()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Snapshot(async (_, output, call) =>
        {
            for (int left = 500; left >= 0; left--)
            {
                var blob = ByteString.CopyFrom(new byte[left % 7 == 0 ? 40_000 : 100]);
                await output.WriteAsync(new SnapshotResponse { RemainingBytes = (ulong)left, Blob = blob }, call.Cancellation);
            }
        }));
        using var client = new GrpcClient(server.Uri);
        GrpcResult result = await client.CallAsync(SnapshotPath, GrpcClient.Frame(new SnapshotRequest()));
        result.IsOk();
        Assert.Equal(Enumerable.Range(0, 501).Reverse().Select(left => (ulong)left), result.Messages<SnapshotResponse>().Select(message => message.RemainingBytes));
    }

    [Fact]
    public async Task A_refusal_after_messages_comes_in_the_trailers()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Snapshot(async (_, output, call) =>
        {
            await output.WriteAsync(new SnapshotResponse { RemainingBytes = 1 }, call.Cancellation);
            throw EtcdErrors.Stopped.ToException();
        }));
        using var client = new GrpcClient(server.Uri);
        GrpcResult result = await client.CallAsync(SnapshotPath, GrpcClient.Frame(new SnapshotRequest()));
        Assert.Equal((StatusCode.Unavailable, "etcdserver: server stopped", false), (result.Code, result.Message, result.TrailersOnly));
        Assert.Single(result.Messages<SnapshotResponse>());
    }

    [Fact]
    public async Task A_broken_message_in_the_middle_ends_the_stream()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync(WatchPath);
        await stream.SendAsync(Create(1));
        Assert.NotNull(await stream.ReadAsync<WatchResponse>());
        await stream.SendAsync([9, 0, 0, 0, 0]);
        GrpcResult result = await stream.EndAsync();
        Assert.Equal((StatusCode.Internal, "grpc: received unexpected payload format 9"), (result.Code, result.Message));
    }

    [Fact]
    public async Task A_caller_that_resets_its_stream_cancels_the_handler()
    {
        var canceled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(TestServer.Watch(async (requests, responses, call) =>
        {
            await responses.WriteAsync(new WatchResponse(), call.Cancellation);
            try
            {
                await requests.ReadAsync(CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                await Task.Delay(Timeout.Infinite, call.Cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
                // A write to nobody is noticed as well.
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => responses.WriteAsync(new WatchResponse(), CancellationToken.None).AsTask());
                canceled.SetResult(true);
                throw;
            }
        }));
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, WatchPath);
        Assert.NotNull(raw.ReadFrame(RawConnection.Data));
        raw.SendFrame(RawConnection.Reset, 0, 1, [0, 0, 0, 8]);

        Assert.True(await canceled.Task.WaitAsync(TestServer.Patience));
        await UntilAsync(() => server.Page().Contains("grpc_code=\"Canceled\",grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 1\n", StringComparison.Ordinal));
        // The connection and the server carry on.
        raw.SendCall(3, WatchPath);
        Assert.Equal(3, raw.ReadFrame(RawConnection.Data)!.Value.Stream);
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_broken_connection_cancels_the_handler()
    {
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, call) =>
        {
            using CancellationTokenRegistration registration = call.Cancellation.Register(canceled.SetResult);
            await Task.Delay(Timeout.Infinite, call.Cancellation);
            return new PutResponse();
        }));
        using (var raw = RawConnection.OpenHttp2(server.Uri))
        {
            raw.SendCall(1, "/etcdserverpb.KV/Put");
            raw.SendFrame(RawConnection.Data, 1, 1, GrpcClient.Frame(GrpcClient.Foo));
            await UntilAsync(() => server.Page().Contains("started_total{grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1", StringComparison.Ordinal));
        }
        await canceled.Task.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task A_deadline_ends_unary_calls_and_streams_alike()
    {
        await using TestServer server = await TestServer.StartAsync(
            TestServer.Put(async (_, call) =>
            {
                await Task.Delay(Timeout.Infinite, call.Cancellation);
                return new PutResponse();
            }),
            TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync(("grpc-timeout", "20m"))).IsRefusal(StatusCode.DeadlineExceeded, "context deadline exceeded");
        using GrpcStream stream = await client.OpenAsync(WatchPath, ("grpc-timeout", "20m"));
        (await stream.EndAsync()).IsRefusal(StatusCode.DeadlineExceeded, "context deadline exceeded");
    }

    [Fact]
    public async Task A_deadline_beyond_what_a_timer_can_wait_is_none()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put((_, call) =>
        {
            Assert.False(call.Cancellation.IsCancellationRequested);
            return new(new PutResponse());
        }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync(("grpc-timeout", "99999999H"))).IsOk();
    }

    [Fact]
    public async Task A_caller_that_does_not_read_holds_its_producer_and_nobody_else()
    {
        const int MessageBytes = 1024, MessagesMax = 20_000;
        int written = 0;
        await using TestServer server = await TestServer.StartAsync(
            TestServer.Put(),
            TestServer.Snapshot(async (_, output, call) =>
            {
                var message = new SnapshotResponse { Blob = ByteString.CopyFrom(new byte[MessageBytes]) };
                for (; written < MessagesMax; written++)
                    await output.WriteAsync(message, call.Cancellation);
            }));
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, SnapshotPath);
        raw.SendFrame(RawConnection.Data, 1, 1, GrpcClient.Frame(new SnapshotRequest()));
        // The window of the connection is 65,535 bytes and is never opened further.
        for (int received = 0; received < 65_535;)
            received += raw.ReadFrame(RawConnection.Data)!.Value.Payload.Length;

        using var client = new GrpcClient(server.Uri);
        for (int i = 0; i < 100; i++)
            (await client.PutAsync()).IsOk();
        Assert.InRange(Volatile.Read(ref written), 60, 400);
    }

    [Fact]
    public async Task Thousands_of_streams_live_on_one_connection()
    {
        const int Streams = 2_000;
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        var streams = new List<GrpcStream>();
        for (int id = 1; id <= Streams; id++)
        {
            streams.Add(await client.OpenAsync(WatchPath));
            await streams[^1].SendAsync(Create(id));
        }
        for (int id = 1; id <= Streams; id++)
            Assert.Equal(id, (await streams[id - 1].ReadAsync<WatchResponse>())!.WatchId);
        Assert.Contains($"grpc_server_started_total{{grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}} {Streams}\n", server.Page(), StringComparison.Ordinal);
        streams.ForEach(stream => stream.Dispose());
    }

    [Theory]
    [InlineData(7u, 7u)]
    [InlineData(uint.MaxValue, int.MaxValue)]
    public async Task The_bound_on_open_calls_is_announced(uint option, uint announced)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ConcurrentStreamsMax = option }, TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        byte[] settings = raw.ReadFrame(RawConnection.Settings)!.Value.Payload;
        uint? value = null;
        for (int at = 0; at < settings.Length; at += 6)
        {
            if (System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(settings.AsSpan(at)) == 3)
                value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(settings.AsSpan(at + 2));
        }
        Assert.Equal(announced, value);
    }

    [Fact]
    public async Task A_silent_connection_is_pinged_and_closed_if_it_stays_silent()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options with { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) }, TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        Assert.NotNull(raw.ReadFrame(RawConnection.Ping));
        while (raw.ReadFrame() is not null)
        {
            // Until closed.
        }
    }

    private static WatchRequest Create(long id) => new() { CreateRequest = new WatchCreateRequest { WatchId = id } };

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TestServer.Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
