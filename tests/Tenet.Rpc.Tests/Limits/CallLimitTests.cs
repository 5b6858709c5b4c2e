using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Limits;

/// <summary>What one call, or the calls of one connection, may cost.</summary>
public class CallLimitTests
{
    [Fact]
    public async Task A_call_beyond_the_bound_on_open_calls_is_refused_and_the_others_go_on()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ConcurrentStreamsMax = 2 }, TestServer.EchoWatch());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        foreach (int stream in new[] { 1, 3, 5 })
            raw.SendCall(stream, "/etcdserverpb.Watch/Watch");
        (byte Type, byte Flags, int Stream, byte[] Payload) refused = raw.ReadFrame(RawConnection.Reset)!.Value;
        // REFUSED_STREAM: the call was not looked at, and may be made again.
        Assert.Equal((5, 7), (refused.Stream, BinaryPrimitives.ReadInt32BigEndian(refused.Payload)));
        SendWatch(raw, 3);
        Assert.Equal(3, raw.ReadFrame(RawConnection.Data)!.Value.Stream);

        raw.SendFrame(RawConnection.Data, 1, 1, []);
        while (raw.ReadFrame(RawConnection.Headers) is { } frame && (frame.Stream, frame.Flags & 1) != (1, 1))
        {
            // Until the first has ended.
        }

        raw.SendCall(7, "/etcdserverpb.Watch/Watch");
        SendWatch(raw, 7);
        Assert.Equal(7, raw.ReadFrame(RawConnection.Data)!.Value.Stream);
    }

    [Fact]
    public async Task A_deadline_passes_although_the_request_never_comes()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, "/etcdserverpb.KV/Put", ("grpc-timeout", "50m"));
        raw.SendCall(3, "/etcdserverpb.KV/Put", ("grpc-timeout", "50m"));
        raw.SendFrame(RawConnection.Data, 0, 3, [0, 0, 0, 0, 9, 10]);
        HashSet<int> ended = [];
        while (ended.Count < 2)
        {
            (byte Type, byte Flags, int Stream, byte[] Payload) frame = raw.ReadFrame(RawConnection.Headers)!.Value;
            Assert.Equal(5, frame.Flags);
            ended.Add(frame.Stream);
            // The second answer names the fields of the first by number.
            if (ended.Count == 1)
                Assert.Contains("grpc-status\u00014", Encoding.Latin1.GetString(frame.Payload), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_answered_and_holds_up_nobody()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, "/etcdserverpb.KV/Put");
        byte[] request = GrpcClient.Frame(GrpcClient.Foo);
        for (int i = 0; i < request.Length; i++)
        {
            raw.SendFrame(RawConnection.Data, (byte)(i == request.Length - 1 ? 1 : 0), 1, request.AsSpan(i, 1));
            (await client.PutAsync()).IsOk();
        }

        Assert.Equal(1, raw.ReadFrame(RawConnection.Data)!.Value.Stream);
    }

    [Fact]
    public async Task A_caller_that_does_not_read_holds_up_its_own_stream_only()
    {
        int sent = 0;
        await using TestServer server = await TestServer.StartAsync(
            TestServer.Put(),
            TestServer.Snapshot(async (_, responses, call) =>
            {
                SnapshotResponse piece = new() { Blob = ByteString.CopyFrom(new byte[32 * 1024]) };
                while (true)
                {
                    await responses.WriteAsync(piece, call.Cancellation);
                    Interlocked.Increment(ref sent);
                }
            }));
        using var raw = RawConnection.OpenHttp2(server.Uri);
        // The connection may take much, each stream 64 KiB.
        raw.SendFrame(RawConnection.WindowUpdate, 0, 0, [0x10, 0, 0, 0]);
        for (int stream = 1; stream < 40; stream += 2)
        {
            raw.SendCall(stream, "/etcdserverpb.Maintenance/Snapshot");
            raw.SendFrame(RawConnection.Data, 1, stream, GrpcClient.Frame(new SnapshotRequest()));
        }

        // A call on the same connection, and on another, is answered meanwhile.
        raw.SendCall(41, "/etcdserverpb.KV/Put");
        raw.SendFrame(RawConnection.Data, 1, 41, GrpcClient.Frame(GrpcClient.Foo));
        while (raw.ReadFrame(RawConnection.Data) is { } frame && frame.Stream != 41)
        {
            // What the streams may send at first.
        }

        using var client = new GrpcClient(server.Uri);
        for (int i = 0; i < 50; i++)
            (await client.PutAsync()).IsOk();
        // 64 KiB have gone out, and no more than about as much waits.
        Assert.InRange(sent, 20, 20 * 8);
    }

    [Fact]
    public async Task An_answer_waits_for_a_window_of_no_bytes_to_open()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = new RawConnection(server.Uri);
        raw.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        raw.SendFrame(RawConnection.Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
        raw.SendCall(1, "/etcdserverpb.KV/Put");
        raw.SendFrame(RawConnection.Data, 1, 1, GrpcClient.Frame(GrpcClient.Foo));
        Assert.Equal(4, raw.ReadFrame(RawConnection.Headers)!.Value.Flags);
        raw.SendFrame(RawConnection.WindowUpdate, 0, 1, [0, 0, 0, 3]);
        Assert.Equal(3, raw.ReadFrame(RawConnection.Data)!.Value.Payload.Length);
        raw.SendFrame(RawConnection.WindowUpdate, 0, 1, [0, 0, 1, 0]);
        Assert.NotNull(raw.ReadFrame(RawConnection.Data));
        Assert.Equal(5, raw.ReadFrame(RawConnection.Headers)!.Value.Flags);
    }

    [Fact]
    public async Task A_window_beyond_every_measure_ends_what_it_was_said_of()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, "/etcdserverpb.Watch/Watch");
        raw.SendCall(3, "/etcdserverpb.Watch/Watch");
        raw.SendFrame(RawConnection.WindowUpdate, 0, 1, [0x7f, 0xff, 0xff, 0xff]);
        Assert.Equal(1, raw.ReadFrame(RawConnection.Reset)!.Value.Stream);
        SendWatch(raw, 3);
        Assert.Equal(3, raw.ReadFrame(RawConnection.Data)!.Value.Stream);
        raw.SendFrame(RawConnection.WindowUpdate, 0, 0, [0x7f, 0xff, 0xff, 0xff]);
        Assert.Equal(3, raw.ReadFrame(RawConnection.GoAway)!.Value.Payload[7]);
    }

    [Fact]
    public async Task Metadata_is_taken_up_to_a_mebibyte()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var taken = RawConnection.OpenHttp2(server.Uri);
        Send(taken, [("a", new string('v', 900_000))]);
        Assert.Equal(1, taken.ReadFrame(RawConnection.Data)!.Value.Stream);

        // Many fields: the call is refused. One field: it could not even be decoded, which ends the connection.
        using var many = RawConnection.OpenHttp2(server.Uri);
        Send(many, [.. Enumerable.Range(0, 12).Select(static i => ($"a{i}", new string('v', 100_000)))]);
        Assert.Contains("431", Encoding.Latin1.GetString(many.ReadFrame(RawConnection.Headers)!.Value.Payload), StringComparison.Ordinal);
        using var one = RawConnection.OpenHttp2(server.Uri);
        Send(one, [("a", new string('v', 1_100_000))]);
        one.ReadToEnd();
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
    }

    [Fact]
    public async Task Continuations_without_end_are_cut_off()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendFrame(RawConnection.Headers, 0, 1, RawConnection.CallBlock("/etcdserverpb.KV/Put"));
        byte[] more = RawConnection.HeaderBlock(("x", new string('v', 8000)));
        Assert.Throws<IOException>(() =>
        {
            for (int i = 0; i < 100_000; i++)
                raw.SendFrame(RawConnection.Continuation, 0, 1, more);
        });
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
    }

    [Fact]
    public async Task A_message_larger_than_the_limit_is_refused_before_it_has_arrived()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ReceiveBytesMax = 1000 }, TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, "/etcdserverpb.KV/Put");
        raw.SendFrame(RawConnection.Data, 0, 1, [0, 0xff, 0xff, 0xff, 0xff]);
        string block = Encoding.Latin1.GetString(raw.ReadFrame(RawConnection.Headers)!.Value.Payload);
        Assert.Contains("grpc-status\u00018", block, StringComparison.Ordinal);
        Assert.Contains("grpc: received message larger than max (4294967295 vs. 1000)", block, StringComparison.Ordinal);
        using var client = new GrpcClient(server.Uri);
        (await client.CallAsync("/etcdserverpb.KV/Put", GrpcClient.Frame(new byte[1001])))
            .IsRefusal(StatusCode.ResourceExhausted, "grpc: received message larger than max (1001 vs. 1000)");
    }

    private static void SendWatch(RawConnection raw, int stream) =>
        raw.SendFrame(RawConnection.Data, 0, stream, GrpcClient.Frame(new WatchRequest { CreateRequest = new WatchCreateRequest { WatchId = stream } }));

    private static void Send(RawConnection raw, (string Name, string Value)[] metadata)
    {
        byte[] block = [.. RawConnection.CallBlock("/etcdserverpb.KV/Put"), .. RawConnection.HeaderBlock(metadata)];
        try
        {
            for (int at = 0; at < block.Length; at += 16_000)
            {
                byte flags = (byte)(at + 16_000 >= block.Length ? 4 : 0);
                raw.SendFrame(at == 0 ? RawConnection.Headers : RawConnection.Continuation, flags, 1, block.AsSpan(at, Math.Min(16_000, block.Length - at)));
            }

            raw.SendFrame(RawConnection.Data, 1, 1, GrpcClient.Frame(GrpcClient.Foo));
        }
        catch (IOException)
        {
            // The server may close before it has heard everything.
        }
    }
}
