using System.IO.Compression;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Calls;

public class UnaryTests
{
    [Fact]
    public async Task A_call_is_answered_with_headers_one_message_and_trailers()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        GrpcResult result = await client.PutAsync();

        result.IsOk();
        Assert.Equal("application/grpc", result.Headers["content-type"]);
        Assert.Equal("bar", Assert.Single(result.Messages<PutResponse>()).PrevKv.Value.ToStringUtf8());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    [InlineData(32 * 1024)]
    [InlineData(100_000)]
    [InlineData(2_000_000)]
    public async Task Messages_of_every_size_arrive_whole_both_ways(int bytes)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        var value = ByteString.CopyFrom(Enumerable.Range(0, bytes).Select(i => (byte)(i * 31)).ToArray());
        GrpcResult result = await client.CallAsync("/etcdserverpb.KV/Put", GrpcClient.Frame(new PutRequest { Value = value }));

        result.IsOk();
        Assert.Equal(value, Assert.Single(result.Messages<PutResponse>()).PrevKv.Value);
    }

    [Fact]
    public async Task A_handler_may_answer_later()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, _) =>
        {
            await Task.Yield();
            return new PutResponse();
        }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_gives_its_code_and_text_in_one_header_block(bool later)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, _) =>
        {
            if (later)
                await Task.Yield();
            throw EtcdErrors.Compacted.ToException();
        }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsRefusal(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted");
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_refusal_s_text_may_hold_any_character()
    {
        await using TestServer server = await TestServer.StartAsync(
            TestServer.Put((_, _) => throw new EtcdError(StatusCode.Unknown, "100% größer\n…").ToException()));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsRefusal(StatusCode.Unknown, "100% größer\n…");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failing_handler_is_told_to_the_log_and_only_a_plain_text_to_the_caller(bool later)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, _) =>
        {
            if (later)
                await Task.Yield();
            throw new InvalidOperationException("secret detail");
        }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsRefusal(StatusCode.Unknown, "internal error, see the member's log");
        Assert.Contains("secret detail", Assert.Single(server.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_one_after_another_on_a_connection_do_not_leak_into_each_other()
    {
        int call = 0;
        await using TestServer server = await TestServer.StartAsync(TestServer.Put((_, context) =>
        {
            Assert.Equal(call % 2 == 0 ? "yes" : null, context.RequestHeader("hasleader"));
            return ++call % 2 == 0 ? throw EtcdErrors.NoLeader.ToException() : new(new PutResponse());
        }));
        using var client = new GrpcClient(server.Uri);
        for (int i = 0; i < 10; i++)
        {
            (await client.PutAsync(("hasleader", "yes"), ("grpc-timeout", "20S"))).IsOk();
            (await client.PutAsync()).IsRefusal(StatusCode.Unavailable, "etcdserver: no leader");
        }
    }

    [Fact]
    public async Task A_handler_sees_method_caller_and_metadata()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put((_, context) =>
        {
            Assert.Equal("/etcdserverpb.KV/Put", context.Method);
            Assert.StartsWith("127.0.0.1:", context.Peer, StringComparison.Ordinal);
            Assert.Equal("3.7", context.RequestHeader("client-api-version"));
            Assert.Equal([1, 2, 3], context.RequestBinaryHeader("trace-bin"));
            Assert.Null(context.RequestHeader("token"));
            return new(new PutResponse());
        }));
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync(("client-api-version", "3.7"), ("trace-bin", "AQID"))).IsOk();
    }

    [Fact]
    public async Task A_response_over_the_limit_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { SendBytesMax = 8 }, TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        GrpcResult result = await client.PutAsync();
        Assert.Equal((StatusCode.ResourceExhausted, "grpc: trying to send message larger than max (12 vs. 8)"), (result.Code, result.Message));
        Assert.Empty(result.Body);
    }

    [Fact]
    public async Task Gzip_requests_are_read_and_answered_in_gzip()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        GrpcResult result = await client.CallAsync("/etcdserverpb.KV/Put", GrpcClient.Frame(Pack(GrpcClient.Foo.ToByteArray()), flag: 1), ("grpc-encoding", "gzip"));

        result.IsOk();
        Assert.Equal("gzip", result.Headers["grpc-encoding"]);
        Assert.Equal(1, result.Body[0]);
        using var unpacked = new GZipStream(new MemoryStream(result.Body[5..]), CompressionMode.Decompress);
        Assert.Equal("bar", PutResponse.Parser.ParseFrom(unpacked).PrevKv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task An_uncompressed_message_may_come_on_a_gzip_stream()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync(("grpc-encoding", "gzip"))).IsOk();
    }

    [Fact]
    public async Task A_compression_bomb_stops_at_the_limit()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var client = new GrpcClient(server.Uri);
        byte[] bomb = Pack(new byte[50_000_000]);
        Assert.InRange(bomb.Length, 1, 100_000);
        long before = GC.GetTotalAllocatedBytes();
        GrpcResult result = await client.CallAsync("/etcdserverpb.KV/Put", GrpcClient.Frame(bomb, flag: 1), ("grpc-encoding", "gzip"));
        result.IsRefusal(StatusCode.ResourceExhausted, "grpc: received message after decompression larger than max 2097152");
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20_000_000);
    }

    [Fact]
    public async Task Calls_and_bytes_are_counted_and_every_series_exists_from_the_start()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options with { ExtensiveMetrics = true }, TestServer.Put(), TestServer.EchoWatch(), TestServer.Snapshot((_, _, _) => Task.CompletedTask));
        Assert.Contains(
            "grpc_server_handled_total{grpc_code=\"Canceled\",grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0\n",
            server.Page(),
            StringComparison.Ordinal);
        Assert.Equal(3 * 17, server.Page().Split('\n').Count(line => line.StartsWith("grpc_server_handled_total{", StringComparison.Ordinal)));

        using var client = new GrpcClient(server.Uri);
        await client.PutAsync();
        await client.CallAsync("/etcdserverpb.Maintenance/Snapshot", GrpcClient.Frame(new SnapshotRequest()));

        const string Put = "grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1\n";
        string page = server.Page();
        Assert.Contains("grpc_server_handled_total{grpc_code=\"OK\"," + Put, page, StringComparison.Ordinal);
        Assert.Contains("grpc_server_started_total{" + Put, page, StringComparison.Ordinal);
        Assert.Contains("grpc_server_msg_received_total{" + Put, page, StringComparison.Ordinal);
        Assert.Contains("grpc_server_msg_sent_total{" + Put, page, StringComparison.Ordinal);
        Assert.Contains("grpc_server_handling_seconds_count{" + Put, page, StringComparison.Ordinal);
        Assert.Contains("grpc_type=\"server_stream\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("etcd_network_client_grpc_received_bytes_total 10\n", page, StringComparison.Ordinal);
        Assert.Contains("etcd_network_client_grpc_sent_bytes_total 12\n", page, StringComparison.Ordinal);
    }

    private static byte[] Pack(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(plain);
        return packed.ToArray();
    }
}
