using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Framing;
using Tenet.Server.Bootstrap;

namespace Tenet.Hosting.Discovery;

/// <summary>Reads and writes a few keys of an etcd cluster over gRPC, at whichever of its endpoints answers.</summary>
internal sealed class EtcdDiscoveryClient : IDiscoveryClient, IDisposable
{
    private const int AnswerBytesMax = 16 << 20;

    private readonly HttpMessageInvoker _http;
    private readonly IReadOnlyList<string> _endpoints;

    /// <param name="endpoints">URLs, or hosts with a port, which are then asked without TLS.</param>
    /// <param name="dialTimeout">How long a connection may take.</param>
    public EtcdDiscoveryClient(IReadOnlyList<string> endpoints, TimeSpan dialTimeout)
    {
        _endpoints = [.. endpoints.Select(static endpoint => endpoint.Contains("://", StringComparison.Ordinal) ? endpoint.TrimEnd('/') : "http://" + endpoint)];
        _http = new HttpMessageInvoker(new SocketsHttpHandler { ConnectTimeout = dialTimeout, UseProxy = false, AllowAutoRedirect = false });
    }

    public async Task<IReadOnlyList<DiscoveryRecord>> GetAsync(string key, bool prefix, CancellationToken cancellation)
    {
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(key) };
        if (prefix)
        {
            // The first key that does not begin so.
            byte[] end = request.Key.ToByteArray();
            end[^1]++;
            request.RangeEnd = ByteString.CopyFrom(end);
        }

        RangeResponse response = await CallAsync("Range", request, RangeResponse.Parser, cancellation);
        return [.. response.Kvs.Select(static pair => new DiscoveryRecord(pair.Key.ToStringUtf8().Trim(), pair.Value.ToStringUtf8().Trim(), pair.CreateRevision))];
    }

    public Task PutAsync(string key, string value, CancellationToken cancellation) =>
        CallAsync("Put", new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, PutResponse.Parser, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : IMessage<T>
    {
        IOException? last = null;
        foreach (string endpoint in _endpoints)
        {
            try
            {
                return await CallAsync(new Uri($"{endpoint}/etcdserverpb.KV/{method}"), request, parser, cancellation);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidProtocolBufferException or UriFormatException)
            {
                last = new IOException($"{endpoint}: {failure.Message}", failure);
            }
        }

        throw last ?? new IOException("there are no discovery endpoints");
    }

    private async Task<T> CallAsync<T>(Uri uri, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : IMessage<T>
    {
        byte[] body = new byte[MessageFrame.HeaderBytes + request.CalculateSize()];
        MessageFrame.WriteHeader(body, compressed: false, body.Length - MessageFrame.HeaderBytes);
        request.WriteTo(body.AsSpan(MessageFrame.HeaderBytes));
        using var message = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage response = await _http.SendAsync(message, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new IOException($"HTTP status {((int)response.StatusCode).ToString(CultureInfo.InvariantCulture)}");

        await response.Content.LoadIntoBufferAsync(AnswerBytesMax, cancellation);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellation);
        string status = Header(response, "grpc-status") ?? "2";
        if (status != "0")
            throw new IOException(StatusText.Decode(Header(response, "grpc-message") ?? $"gRPC status {status}"));
        MessageFrame frame = MessageFrame.Read(new ReadOnlySequence<byte>(answer), AnswerBytesMax);
        return frame is { State: FrameState.Complete, Flag: 0 } ? parser.ParseFrom(frame.Payload) : throw new IOException("the answer is no gRPC message");
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? trailer) || response.Headers.TryGetValues(name, out trailer)
            ? trailer.FirstOrDefault()
            : null;
}
