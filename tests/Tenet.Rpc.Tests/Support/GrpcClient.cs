using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Rpc.Tests.Support;

/// <summary>As much of a gRPC client as the tests need, on the runtime's own HTTP/2.</summary>
internal sealed class GrpcClient : IDisposable
{
    private readonly HttpClient _http;

    public GrpcClient(Uri uri)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, InitialHttp2StreamWindowSize = 65535 })
        {
            BaseAddress = uri,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TestServer.Patience,
        };
    }

    public static byte[] Frame(IMessage message, byte flag = 0) => Frame(message.ToByteArray(), flag);

    public static byte[] Frame(byte[] payload, byte flag = 0)
    {
        byte[] frame = new byte[5 + payload.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    public static PutRequest Foo => new() { Key = ByteString.CopyFromUtf8("foo"), Value = ByteString.CopyFromUtf8("bar") };

    public void Dispose() => _http.Dispose();

    public Task<GrpcResult> PutAsync(params (string Name, string Value)[] headers) => CallAsync("/etcdserverpb.KV/Put", Frame(Foo), headers);

    /// <summary>Sends a whole body and reads the whole answer.</summary>
    public async Task<GrpcResult> CallAsync(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(path, new ByteArrayContent(body), headers);
        using HttpResponseMessage response = await _http.SendAsync(request);
        byte[] answer = await response.Content.ReadAsByteArrayAsync();
        return GrpcResult.Of(response, answer);
    }

    /// <summary>Opens a stream whose requests are sent one at a time.</summary>
    public async Task<GrpcStream> OpenAsync(string path, params (string Name, string Value)[] headers)
    {
        var content = new OpenContent();
        HttpRequestMessage request = Request(path, content, headers);
        Task<HttpResponseMessage> response = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Stream requests = await content.Stream.Task.WaitAsync(TestServer.Patience);
        return new GrpcStream(request, content, requests, response);
    }

    private static HttpRequestMessage Request(string path, HttpContent content, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        string contentType = "application/grpc";
        foreach ((string name, string value) in headers)
        {
            if (name == ":method")
                request.Method = new HttpMethod(value);
            else if (name == "content-type")
                contentType = value;
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }
        if (contentType.Length > 0)
            content.Headers.TryAddWithoutValidation("content-type", contentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        return request;
    }

    private sealed class OpenContent : HttpContent, IEndable
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<Stream> Stream { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End() => _end.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // The headers go out at once, even if no message ever follows.
            await stream.FlushAsync();
            Stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
