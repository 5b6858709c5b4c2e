using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Calls;

/// <summary>
/// gRPC to one endpoint, over one HTTP/2 connection that is made when it is needed and made again after it broke. Repeats nothing: what a
/// caller may safely repeat is told by <see cref="CallException.NeverSent"/>.
/// </summary>
public sealed class Channel : ICallInvoker, IAsyncDisposable, IDisposable
{
    private static readonly MediaTypeHeaderValue ContentType = new(CallContentType.Plain);

    private readonly ChannelOptions _options;
    private readonly EndpointAddress _address;
    private readonly Uri _root;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly ConcurrentDictionary<string, Uri> _uris = new();

    /// <param name="endpoint"><c>host:port</c>, <c>http://…</c>, <c>https://…</c>, <c>unix:path</c>, <c>unix://path</c> or <c>unixs://path</c>; without a scheme TLS is spoken if <see cref="ChannelOptions.Tls"/> is set.</param>
    /// <param name="options">How it is reached; null for the defaults.</param>
    /// <exception cref="FormatException">The endpoint is none.</exception>
    public Channel(string endpoint, ChannelOptions? options = null)
    {
        _options = options ?? new ChannelOptions();
        _address = EndpointAddress.Parse(endpoint, _options.Tls is not null);
        // The transport takes the certificate's name from the request, as gRPC does the other way round.
        _root = _address.Root.Scheme == Uri.UriSchemeHttps && _options.Tls?.TargetHost is { Length: > 0 } name ? new Uri($"https://{name}") : _address.Root;
        _handler = new SocketsHttpHandler
        {
            ConnectCallback = new Dialer(_address, _options).ConnectAsync,
            ConnectTimeout = _options.DialTimeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // A second connection only where a server bounds the streams of one.
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = _options.KeepAliveTime,
            KeepAlivePingTimeout = _options.KeepAliveTimeout,
            KeepAlivePingPolicy = _options.KeepAliveWithoutCalls ? HttpKeepAlivePingPolicy.Always : HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            // The trace context goes with each request below, without a span of the transport's own.
            ActivityHeadersPropagator = null,
        };
        if (_options.Tls is { } tls)
            _handler.SslOptions = WithHttp2(tls);
        _http = new HttpMessageInvoker(_handler);
    }

    /// <summary>The endpoint as it was given.</summary>
    public string Endpoint => _address.Text;

    /// <inheritdoc/>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => UnaryAsync(method, request, options, null, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => ServerStreamAsync(method, request, options, null, cancellation);

    /// <inheritdoc/>
    public IDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => Duplex(method, options, null, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the connection; calls in progress fail.</summary>
    public void Dispose() => _http.Dispose();

    internal async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, string? token, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        byte[] frame = MessageWriter.Rent(method.RequestCodec, request, _options.SendBytesMax, out int length);
        using CallDeadline? deadline = Bound(options) is { } limit ? CallDeadline.Rent(limit, cancellation) : null;
        try
        {
            CancellationToken stop = deadline?.Token ?? cancellation;
            HttpRequestMessage message = Compose(method.Path, new ByteArrayContent(frame, 0, length), options, token);
            using HttpResponseMessage response = await _http.SendAsync(message, stop).ConfigureAwait(false);
            CallStatus.CheckHead(response);
            TResponse answer = await ReadOnlyMessageAsync(method, response, stop).ConfigureAwait(false);
            // Only now is it certain that the transport reads the frame no more.
            ArrayPool<byte>.Shared.Return(frame);
            return answer;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OperationCanceledException failure) when (deadline is not null && deadline.Token.IsCancellationRequested)
        {
            throw CallStatus.DeadlineExceeded(failure);
        }
        catch (Exception failure) when (failure is not CallException)
        {
            throw CallStatus.FromFailure(failure);
        }
    }

    internal async IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, string? token, [EnumeratorCancellation] CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        DuplexCall<TRequest, TResponse> call = Duplex(method, options, token, cancellation);
        try
        {
            if (await call.TryWriteAsync(request, CancellationToken.None).ConfigureAwait(false))
                await call.CompleteAsync().ConfigureAwait(false);
            while (await call.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } message)
                yield return message;
        }
        finally
        {
            await call.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal DuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, CallOptions options, string? token, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        var content = new StreamedContent();
        return new DuplexCall<TRequest, TResponse>(method, _options, Bound(options), _http, Compose(method.Path, content, options, token), content, cancellation);
    }

    private static TimeSpan? Bound(CallOptions options) => options.Timeout == Timeout.InfiniteTimeSpan ? null : options.Timeout;

    private static SslClientAuthenticationOptions WithHttp2(SslClientAuthenticationOptions tls)
    {
        tls.ApplicationProtocols ??= [SslApplicationProtocol.Http2];
        return tls;
    }

    private async ValueTask<TResponse> ReadOnlyMessageAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, HttpResponseMessage response, CancellationToken stop)
        where TRequest : class
        where TResponse : class
    {
        using var reader = new MessageReader(await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false), _options.ReceiveBytesMax);
        TResponse? answer = await reader.ReadAsync(method.ResponseCodec, stop).ConfigureAwait(false);
        // The status comes behind the body's end.
        bool more = answer is not null && await reader.ReadAsync(method.ResponseCodec, stop).ConfigureAwait(false) is not null;
        if (!more && CallStatus.AtEnd(response) is { } status)
            throw status;
        if (more || answer is null || reader.EndedInside)
            throw new CallException(StatusCode.Internal, more ? "cardinality violation: more than one response" : "unexpected EOF");
        return answer;
    }

    private HttpRequestMessage Compose(string path, HttpContent content, CallOptions options, string? token)
    {
        content.Headers.ContentType = ContentType;
        var message = new HttpRequestMessage(HttpMethod.Post, _uris.GetOrAdd(path, static (path, root) => new Uri(root, path), _root))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        HttpRequestHeaders headers = message.Headers;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", CallMetadata.UserAgent);
        if (Bound(options) is { } timeout)
            headers.TryAddWithoutValidation("grpc-timeout", CallTimeout.Format(timeout));
        bool versioned = false;
        foreach ((string name, string value) in options.Metadata)
        {
            headers.TryAddWithoutValidation(name, value);
            versioned |= name == CallMetadata.ApiVersionName;
        }
        if (!versioned)
            headers.TryAddWithoutValidation(CallMetadata.ApiVersionName, CallMetadata.ApiVersion);
        if (token is not null)
            headers.TryAddWithoutValidation(CallMetadata.TokenName, token);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace } activity)
        {
            headers.TryAddWithoutValidation("traceparent", trace);
            if (activity.TraceStateString is { Length: > 0 } state)
                headers.TryAddWithoutValidation("tracestate", state);
        }
        return message;
    }
}
