using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Calls;

/// <summary>What the transport itself refuses. Every text and status here was captured from etcd 3.5.30 with the same bytes.</summary>
public class RefusedCallTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private GrpcClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            TestServer.Put(), TestServer.EchoWatch(), TestServer.Snapshot((_, output, call) => output.WriteAsync(new SnapshotResponse(), call.Cancellation).AsTask()));
        _client = new GrpcClient(_server.Uri);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("/etcdserverpb.KV/Nope", "unknown method Nope for service etcdserverpb.KV")]
    [InlineData("/etcdserverpb.KV/", "unknown method  for service etcdserverpb.KV")]
    [InlineData("/etcdserverpb.KV/Put?x=1", "unknown method Put?x=1 for service etcdserverpb.KV")]
    [InlineData("/etcdserverpb.KV/Put/x", "unknown service etcdserverpb.KV/Put")]
    [InlineData("/nope.X/Y", "unknown service nope.X")]
    [InlineData("/nope", "malformed method name: \"/nope\"")]
    [InlineData("/", "malformed method name: \"/\"")]
    public async Task Unknown_paths(string path, string message) =>
        (await _client.CallAsync(path, GrpcClient.Frame(GrpcClient.Foo))).IsRefusal(StatusCode.Unimplemented, message);

    [Theory]
    [InlineData("", "invalid gRPC request content-type \"\"")]
    [InlineData("application/json", "invalid gRPC request content-type \"application/json\"")]
    [InlineData("application/grpc-web", "invalid gRPC request content-type \"application/grpc-web\"")]
    public async Task Wrong_content_types(string contentType, string message) =>
        (await _client.PutAsync(("content-type", contentType))).IsRefusal(StatusCode.InvalidArgument, message, 415);

    [Fact]
    public async Task A_subtype_of_the_content_type_comes_back()
    {
        GrpcResult result = await _client.PutAsync(("content-type", "application/grpc+proto"));
        result.IsOk();
        Assert.Equal("application/grpc+proto", result.Headers["content-type"]);
    }

    [Theory]
    [InlineData("PUT", "Received a HEADERS frame with :method \"PUT\" which should be POST")]
    [InlineData("DELETE", "Received a HEADERS frame with :method \"DELETE\" which should be POST")]
    public async Task Wrong_http_methods(string method, string message) =>
        (await _client.PutAsync((":method", method))).IsRefusal(StatusCode.Internal, message, 405);

    [Theory]
    [InlineData("1", "malformed grpc-timeout: transport: timeout string is too short: \"1\"")]
    [InlineData("1x", "malformed grpc-timeout: transport: timeout unit is not recognized: \"1x\"")]
    [InlineData("123456789S", "malformed grpc-timeout: transport: timeout string is too long: \"123456789S\"")]
    [InlineData("-1S", "malformed grpc-timeout: strconv.ParseUint: parsing \"-1\": invalid syntax")]
    public async Task Malformed_timeouts(string timeout, string message) =>
        (await _client.PutAsync(("grpc-timeout", timeout))).IsRefusal(StatusCode.Internal, message, 400);

    [Theory]
    [InlineData("0S")]
    [InlineData("1n")]
    public async Task Timeouts_that_are_over_before_they_begin(string timeout) =>
        (await _client.PutAsync(("grpc-timeout", timeout))).IsRefusal(StatusCode.DeadlineExceeded, "context deadline exceeded");

    [Fact]
    public async Task Broken_binary_metadata() =>
        (await _client.PutAsync(("x-bin", "%%%"))).IsRefusal(
            StatusCode.Internal, "malformed binary metadata \"%%%\" in header \"x-bin\": illegal base64 data at input byte 0", 400);

    [Theory]
    [InlineData("000000000a0a03666f6f", StatusCode.Unknown, "unexpected EOF")]
    [InlineData("000000", StatusCode.Unknown, "EOF")]
    [InlineData("", StatusCode.Unknown, "EOF")]
    [InlineData("01000000050a03666f6f", StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding")]
    [InlineData("02000000050a03666f6f", StatusCode.Internal, "grpc: received unexpected payload format 2")]
    [InlineData("0000000005ffffffffff", StatusCode.Internal, "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data")]
    [InlineData("007fffffff0a", StatusCode.ResourceExhausted, "grpc: received message larger than max (2147483647 vs. 2097152)")]
    [InlineData("0000200001", StatusCode.ResourceExhausted, "grpc: received message larger than max (2097153 vs. 2097152)")]
    public async Task Broken_bodies_of_unary_calls(string body, StatusCode code, string message) =>
        (await _client.CallAsync("/etcdserverpb.KV/Put", Convert.FromHexString(body))).IsRefusal(code, message);

    [Theory]
    [InlineData("000000000a0a03666f6f", StatusCode.Internal, "unexpected EOF")]
    [InlineData("02000000050a03666f6f", StatusCode.Internal, "grpc: received unexpected payload format 2")]
    [InlineData("0000000005ffffffffff", StatusCode.Internal, "grpc: failed to unmarshal the received message: proto: cannot parse invalid wire-format data")]
    [InlineData("007fffffff0a", StatusCode.ResourceExhausted, "grpc: received message larger than max (2147483647 vs. 2097152)")]
    public async Task Broken_bodies_of_streams(string body, StatusCode code, string message)
    {
        (await _client.CallAsync("/etcdserverpb.Watch/Watch", Convert.FromHexString(body))).IsRefusal(code, message);
        (await _client.CallAsync("/etcdserverpb.Maintenance/Snapshot", Convert.FromHexString(body))).IsRefusal(code, message);
    }

    [Fact]
    public async Task A_server_stream_without_its_request() =>
        (await _client.CallAsync("/etcdserverpb.Maintenance/Snapshot", [])).IsRefusal(
            StatusCode.Internal, "cardinality violation: received no request message from non-client-streaming RPC");

    [Theory]
    [InlineData("foo")]
    [InlineData("gzip, identity")]
    public async Task Unknown_encodings(string encoding)
    {
        GrpcResult result = await _client.PutAsync(("grpc-encoding", encoding));
        result.IsRefusal(StatusCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"");
        Assert.Equal("gzip", result.Headers["grpc-accept-encoding"]);
    }

    [Fact]
    public async Task A_message_that_is_not_gzip() =>
        (await _client.CallAsync("/etcdserverpb.KV/Put", GrpcClient.Frame([1, 2, 3, 4, 5], flag: 1), ("grpc-encoding", "gzip"))).IsRefusal(
            StatusCode.Internal, "grpc: failed to decompress the message: unexpected EOF");

    [Fact]
    public async Task Unary_calls_refused_by_the_transport_are_not_counted()
    {
        await _client.CallAsync("/etcdserverpb.KV/Put", []);
        Assert.Contains(
            "grpc_server_started_total{grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 0\n", _server.Page(), StringComparison.Ordinal);
    }
}
