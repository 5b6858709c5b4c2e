using System.Net;
using System.Net.WebSockets;
using System.Text;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Http;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Gateway;

/// <summary>The gateway over HTTP, before services that the test makes (contract/api.md, 4.1 and 4.3 to 4.7).</summary>
public class GatewayServerTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly TaskCompletionSource<CallContext> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(
        options => options with
        {
            Listeners = [new RpcListener("http://127.0.0.1:0") { Gateway = true, Access = HttpAccess.Everybody }],
            ReceiveBytesMax = 20_000,
        },
        TestServer.Put((request, context) =>
        {
            _seen.TrySetResult(context);
            if (request.Lease != 0)
                throw new EtcdError((StatusCode)request.Lease, "refused <so>").ToException();
            return new(new PutResponse { PrevKv = new() { Value = request.Value } });
        }),
        TestServer.Unary<CompactionRequest, CompactionResponse>("/etcdserverpb.KV/Compact", async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite);
            return new CompactionResponse();
        }),
        TestServer.Snapshot(async (_, responses, call) =>
        {
            await responses.WriteAsync(new SnapshotResponse { Blob = ByteString.CopyFromUtf8("a") }, call.Cancellation, moreFollows: true);
            await responses.WriteAsync(new SnapshotResponse { Blob = ByteString.CopyFromUtf8("b") }, call.Cancellation);
            throw new EtcdError(StatusCode.DataLoss, "torn <here>").ToException();
        }),
        TestServer.Watch(async (requests, responses, call) =>
        {
            try
            {
                while (await requests.ReadAsync(call.Cancellation) is { } request)
                    await responses.WriteAsync(new WatchResponse { WatchId = request.CreateRequest.WatchId, Created = true }, call.Cancellation);
                await Task.Delay(Timeout.Infinite, call.Cancellation);
            }
            finally
            {
                _left.TrySetResult();
            }
        }));

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task One_call()
    {
        using HttpResponseMessage answer = await PostAsync("/v3/kv/put", """{"value":"YQ=="}""", ("Authorization", "tok"), ("Grpc-Metadata-HasLeader", "true"), ("X-Forwarded-For", "1.2.3.4"));
        Assert.Equal("""{"prev_kv":{"value":"YQ=="}}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("application/grpc", Assert.Single(answer.Headers.GetValues("Grpc-Metadata-Content-Type")));
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));

        CallContext call = await _seen.Task;
        Assert.Equal("/etcdserverpb.KV/Put", call.Method);
        Assert.Equal("tok", call.RequestHeader("authorization"));
        Assert.Equal("tok", call.RequestHeader("grpcgateway-authorization"));
        Assert.Equal("true", call.RequestHeader("hasleader"));
        Assert.Equal("1.2.3.4, 127.0.0.1", call.RequestHeader("x-forwarded-for"));
        Assert.Null(call.RequestHeader("content-type"));
        Assert.Null(call.CommonName);
        Assert.Contains("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1\n", _server.Page(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 499)]
    [InlineData(2, 500)]
    [InlineData(3, 400)]
    [InlineData(4, 504)]
    [InlineData(5, 404)]
    [InlineData(6, 409)]
    [InlineData(7, 403)]
    [InlineData(8, 429)]
    [InlineData(9, 400)]
    [InlineData(10, 409)]
    [InlineData(11, 400)]
    [InlineData(12, 501)]
    [InlineData(13, 500)]
    [InlineData(14, 503)]
    [InlineData(15, 500)]
    [InlineData(16, 401)]
    public async Task Refusals_of_services(int code, int status)
    {
        using HttpResponseMessage answer = await PostAsync("/v3/kv/put", $"{{\"lease\":{code}}}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal($"{{\"code\":{code},\"message\":\"refused <so>\"}}", await answer.Content.ReadAsStringAsync());
        Assert.False(answer.Headers.Contains("Grpc-Metadata-Content-Type"));
        Assert.Equal(code == 16, answer.Headers.TryGetValues("WWW-Authenticate", out IEnumerable<string>? challenge) && challenge.Single() == "refused <so>");
    }

    [Theory]
    [InlineData("POST", "/v3/kv/nope", 404, """{"code":5,"message":"Not Found"}""")]
    [InlineData("PUT", "/v3/kv/put", 501, """{"code":12,"message":"Method Not Allowed"}""")]
    [InlineData("POST", "/v3/kv/txn", 501, """{"code":12,"message":"unknown method Txn for service etcdserverpb.KV"}""")]
    [InlineData("POST", "/v3/lock/lock", 501, """{"code":12,"message":"unknown service v3lockpb.Lock"}""")]
    [InlineData("POST", "/v3/lease/keepalive", 501, "{\"error\":{\"code\":12,\"message\":\"unknown service etcdserverpb.Lease\"}}\n")]
    [InlineData("POST", "/v3beta/kv/put", 200, """{"prev_kv":{}}""")]
    [InlineData("POST", "/v4/kv/put", 404, "404 page not found\n")]
    public async Task Paths_and_methods(string method, string path, int status, string body)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(_server.Uri, path)) { Content = new StringContent("{}") };
        using HttpResponseMessage answer = await _http.SendAsync(request);
        Assert.Equal((status, body), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_stream_that_ends_badly_says_so_in_its_last_line()
    {
        using HttpResponseMessage answer = await PostAsync("/v3/maintenance/snapshot", "");
        Assert.True(answer.Headers.TransferEncodingChunked);
        Assert.Equal(
            "{\"result\":{\"blob\":\"YQ==\"}}\n{\"result\":{\"blob\":\"Yg==\"}}\n{\"error\":{\"code\":15,\"message\":\"torn \\u003chere\\u003e\"}}\n",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Requests_and_answers_of_one_call_take_turns()
    {
        using RawConnection connection = new(_server.Uri);
        connection.Send("POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        SendChunk(connection, """{"create_request":{"watch_id":1}} {"create_""");
        Assert.EndsWith("{\"result\":{\"watch_id\":\"1\",\"created\":true}}\n\r\n", await connection.ReadUntilAsync("\"1\",\"created\":true}}\n\r\n"), StringComparison.Ordinal);
        SendChunk(connection, """request":{"watch_id":2}}""");
        Assert.Contains("{\"result\":{\"watch_id\":\"2\",\"created\":true}}\n", await connection.ReadUntilAsync("\"2\",\"created\":true}}\n\r\n"), StringComparison.Ordinal);
        Assert.False(_left.Task.IsCompleted);
        connection.Dispose();
        await _left.Task.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task A_caller_whose_time_is_over_is_told_so_whatever_the_service_does()
    {
        using HttpResponseMessage answer = await PostAsync("/v3/kv/compaction", "{}", ("Grpc-Timeout", "30m"));
        Assert.Equal((504, """{"code":4,"message":"context deadline exceeded"}"""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("xx", "invalid grpc-timeout: xx")]
    [InlineData("9", "invalid grpc-timeout: 9")]
    public async Task A_time_that_is_none(string timeout, string message)
    {
        using HttpResponseMessage answer = await PostAsync("/v3/kv/put", "{}", ("Grpc-Timeout", timeout));
        Assert.Equal((400, $"{{\"code\":3,\"message\":\"{message}\"}}"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_message_that_is_too_large_for_gRPC_is_too_large_here()
    {
        using HttpResponseMessage answer = await PostAsync("/v3/kv/put", $"{{\"value\":\"{Convert.ToBase64String(new byte[21_000])}\"}}");
        Assert.Equal(
            (429, """{"code":8,"message":"grpc: received message larger than max (21004 vs. 20000)"}"""),
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_body_that_never_ends_is_not_kept()
    {
        using RawConnection connection = new(_server.Uri);
        connection.Send("POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        SendChunk(connection, "{\"value\":\"" + new string('A', 160_000));
        Assert.Contains("429", await connection.ReadUntilAsync("\"code\":8"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_does_not_wait_for_what_follows_the_message()
    {
        using RawConnection connection = new(_server.Uri);
        connection.Send("POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"value\":\"YQ==\"} "u8);
        Assert.Contains("200 OK", await connection.ReadUntilAsync("\"YQ==\"}}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_socket_carries_lines_both_ways()
    {
        using ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("Bearer");
        socket.Options.AddSubProtocol("tok");
        await socket.ConnectAsync(new Uri($"ws://{_server.Uri.Authority}/v3/watch"), CancellationToken.None);
        Assert.Equal("Bearer", socket.SubProtocol);
        foreach (int id in new[] { 1, 2 })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"{{\"create_request\":{{\"watch_id\":{id}}}}}"), WebSocketMessageType.Text, true, CancellationToken.None);
            Assert.Equal($"{{\"result\":{{\"watch_id\":\"{id}\",\"created\":true}}}}", await ReceiveAsync(socket));
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await _left.Task.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task One_call_over_a_web_socket_with_the_token_of_a_cookie()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Cookie", "a=b; token=tok");
        await socket.ConnectAsync(new Uri($"ws://{_server.Uri.Authority}/v3/kv/put"), CancellationToken.None);
        await socket.SendAsync("{\"value\":\"YQ==\"}"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.Equal("""{"prev_kv":{"value":"YQ=="}}""", await ReceiveAsync(socket));
        Assert.Equal("Bearer tok", (await _seen.Task).RequestHeader("authorization"));
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[10], CancellationToken.None)).MessageType);
    }

    [Fact]
    public async Task A_stopping_server_ends_streams()
    {
        using RawConnection connection = new(_server.Uri);
        connection.Send("POST /v3/watch HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n{\"create_request\":{\"watch_id\":1}}"u8);
        await connection.ReadUntilAsync("created");
        Task stopping = _server.Server.StopAsync(TestServer.Patience);
        Assert.Contains("{\"error\":{\"code\":14,\"message\":\"etcdserver: server stopped\"}}\n", await connection.ReadUntilAsync("stopped\"}}\n"), StringComparison.Ordinal);
        connection.Dispose();
        await stopping;
    }

    [Fact]
    public async Task No_body_breaks_it()
    {
        var random = new SeededRandom(11);
        string[] pieces =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\"value\"", "\"key\":", "\"YQ==\"", "\"prevKv\"", "true", "null", "1", "-", "1e9", "1.5", "\\u", "\\ud800", " ", "\n", "\u0001", "é",
            "\"lease\":0", "\\", "x", "{\"key\":\"YQ==\"}", "\"value\":\"", "=",
        ];
        for (int i = 0; i < 2000; i++)
        {
            StringBuilder body = new();
            for (int n = random.Next(12); n >= 0; n--)
                body.Append(pieces[random.Next(pieces.Length)]);
            using ByteArrayContent content = new(Encoding.Latin1.GetBytes(body.ToString()));
            using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Uri, "/v3/kv/put"), content).WaitAsync(TestServer.Patience);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{answer.StatusCode} to {body}");
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_server.Uri, path)) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request).WaitAsync(TestServer.Patience);
    }

    private static void SendChunk(RawConnection connection, string text) =>
        connection.Send(Encoding.UTF8.GetBytes($"{text.Length:x}\r\n{text}\r\n"));

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[1000];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(TestServer.Patience);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
