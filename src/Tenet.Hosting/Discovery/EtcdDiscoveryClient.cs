using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Framing;
using Tenet.Server.Bootstrap;
using Tenet.Transport.Tls;

namespace Tenet.Hosting.Discovery;

/// <summary>Reads and writes a few keys of an etcd cluster over gRPC, at whichever of its endpoints answers.</summary>
internal sealed class EtcdDiscoveryClient : IDiscoveryClient, IDisposable
{
    private const int AnswerBytesMax = 16 << 20;
    private const string NoToken = "";

    private readonly List<(string Url, HttpMessageInvoker Http)> _endpoints = [];
    private readonly string _user;
    private readonly string _password;
    private string _token = NoToken;

    /// <param name="options">Where the endpoints are (URLs, or hosts with a port) and how they are asked.</param>
    /// <param name="log">Told of certificates that cannot be read.</param>
    /// <exception cref="TlsSettingsException">The TLS settings do not serve.</exception>
    public EtcdDiscoveryClient(TenetOptions options, ILog log)
    {
        (_user, _password) = (options.DiscoveryUser, options.DiscoveryPassword);
        var tls = new TlsClient(options.DiscoveryTls ?? TlsSettings.None, log);
        foreach (string endpoint in options.DiscoveryEndpoints)
        {
            string url = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint.TrimEnd('/') : $"{(options.DiscoveryTls is null ? "http" : "https")}://{endpoint}";
            var handler = new SocketsHttpHandler { ConnectTimeout = options.DiscoveryDialTimeout, UseProxy = false, AllowAutoRedirect = false };
            if (Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme == Uri.UriSchemeHttps)
                handler.SslOptions = tls.Options(parsed.IdnHost, SslApplicationProtocol.Http2);
            _endpoints.Add((url, new HttpMessageInvoker(handler)));
        }
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

    public void Dispose()
    {
        foreach ((_, HttpMessageInvoker http) in _endpoints)
            http.Dispose();
    }

    private async Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
        where T : IMessage<T>
    {
        IOException? last = null;
        foreach ((string url, HttpMessageInvoker http) in _endpoints)
        {
            try
            {
                if (_token == NoToken && _user.Length > 0 && _password.Length > 0)
                    _token = await AuthenticateAsync(http, url, cancellation);
                return await CallAsync(http, new Uri($"{url}/etcdserverpb.KV/{method}"), request, parser, cancellation);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidProtocolBufferException or UriFormatException)
            {
                // It may be that the token is not known any more; the next attempt asks for one.
                _token = NoToken;
                last = new IOException($"{url}: {(failure.InnerException is { } inner && failure is HttpRequestException ? inner.Message : failure.Message)}", failure);
            }
        }

        throw last ?? new IOException("there are no discovery endpoints");
    }

    private async Task<string> AuthenticateAsync(HttpMessageInvoker http, string url, CancellationToken cancellation)
    {
        AuthenticateRequest request = new() { Name = _user, Password = _password };
        try
        {
            return (await CallAsync(http, new Uri($"{url}/etcdserverpb.Auth/Authenticate"), request, AuthenticateResponse.Parser, cancellation)).Token;
        }
        catch (IOException failure) when (failure.Message == EtcdErrors.AuthNotEnabled.Message)
        {
            // Whoever asks for nobody's name is content with any.
            return NoToken;
        }
    }

    private async Task<T> CallAsync<T>(HttpMessageInvoker http, Uri uri, IMessage request, MessageParser<T> parser, CancellationToken cancellation)
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
        if (_token != NoToken)
            message.Headers.TryAddWithoutValidation("token", _token);
        using HttpResponseMessage response = await http.SendAsync(message, cancellation);
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
