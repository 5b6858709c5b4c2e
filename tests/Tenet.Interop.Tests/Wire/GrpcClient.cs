using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Tenet.Interop.Tests.Wire;

/// <summary>How a unary call ended. The message is null unless the status is 0.</summary>
internal sealed record GrpcReply<T>(T? Message, int Status, string Text)
{
    public T Value => Message ?? throw new InvalidOperationException($"status {Status}: {Text}");
}

/// <summary>What came back for a request that need not be well formed.</summary>
internal sealed record RawReply(int HttpStatus, string ContentType, string GrpcStatus, string GrpcMessage, int BodyBytes);

/// <summary>A gRPC client of a few lines: clear-text HTTP/2, no retries, nothing hidden.</summary>
internal sealed class GrpcClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="port">The server's port on the loopback address.</param>
    /// <param name="limit">How long one call may take; 30 s if null.</param>
    public GrpcClient(int port, TimeSpan? limit = null)
    {
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseProxy = false };
        _http = new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = limit ?? TimeSpan.FromSeconds(30) };
    }

    public HttpClient Http => _http;

    public async Task<GrpcReply<TResponse>> CallAsync<TResponse>(string method, IMessage request)
        where TResponse : class, IMessage<TResponse>, new()
    {
        using HttpResponseMessage response = await _http.SendAsync(Request(method, new ByteArrayContent(Frame(request.ToByteArray()))));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        (int status, string text) = StatusOf(response);
        if (status != 0)
            return new(null, status, text);
        TResponse message = new();
        message.MergeFrom(body.AsSpan(5));
        return new(message, 0, "");
    }

    /// <summary>Sends exactly these bytes.</summary>
    public async Task<RawReply> CallRawAsync(string method, byte[] body, string? contentType = "application/grpc", HttpMethod? verb = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(method, new ByteArrayContent(body));
        request.Method = verb ?? HttpMethod.Post;
        request.Content!.Headers.Remove("Content-Type");
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await _http.SendAsync(request);
        byte[] answer = await response.Content.ReadAsByteArrayAsync();
        return new(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString() ?? "",
            Header(response, "grpc-status"),
            Uri.UnescapeDataString(Header(response, "grpc-message")),
            answer.Length);
    }

    public GrpcStream<TRequest, TResponse> Open<TRequest, TResponse>(string method)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>, new()
        => new(_http, method);

    public void Dispose() => _http.Dispose();

    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    internal static HttpRequestMessage Request(string method, HttpContent content)
    {
        HttpRequestMessage request = new(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    internal static (int Status, string Text) StatusOf(HttpResponseMessage response)
    {
        string status = Header(response, "grpc-status");
        int code = status.Length == 0 ? -1 : int.Parse(status, CultureInfo.InvariantCulture);
        return (code, Uri.UnescapeDataString(Header(response, "grpc-message")));
    }

    private static string Header(HttpResponseMessage response, string name)
    {
        // A call that fails at once may carry its status among the headers.
        if (response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values))
            return values.First();
        return "";
    }
}
