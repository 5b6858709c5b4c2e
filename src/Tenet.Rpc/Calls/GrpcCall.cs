using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;
using Tenet.Rpc.Guarding;
using Tenet.Rpc.Http;
using Tenet.Transport.Tls;

namespace Tenet.Rpc.Calls;

/// <summary>
/// One call on one HTTP/2 stream: its request headers, its way to status and trailers. Lives as long as Kestrel's stream object, which is
/// used for one call after another, so the features are looked up once and nothing is allocated for a call that needs neither token nor deadline.
/// </summary>
internal sealed partial class GrpcCall : CallContext
{
    private const string GzipEncoding = "gzip";

    /// <summary>HTTP/2's INTERNAL_ERROR.</summary>
    private const int ResetInternalError = 2;

    private readonly CallServices _services;
    private readonly IFeatureCollection _features;
    private readonly IHttpRequestFeature _request;
    private readonly IHttpResponseFeature _response;
    private readonly IHttpResponseBodyFeature _responseBody;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly PageTable? _pages;

    private string _path = "";
    private string _contentType = CallContentType.Plain;
    private bool _gzip;
    private bool _started;
    private bool _endless;
    private bool _hasDeadline;
    private TimeSpan _timeout;
    private long _begun;
    private CancellationTokenSource? _cancellation;
    private CancellationToken _token;
    private bool _hasToken;
    private bool _traced;
    private EtcdError? _failure;
    private DateTime? _answeredAt;

    public GrpcCall(IFeatureCollection features, CallServices services)
    {
        _services = services;
        _features = features;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _response = features.GetRequiredFeature<IHttpResponseFeature>();
        _responseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _pages = features.Get<PageTable>();
        Conduct = features.Get<CallerConduct>();
    }

    public IFeatureCollection Features => _features;

    /// <summary>How the caller behaves; null over HTTP/1.</summary>
    public CallerConduct? Conduct { get; }

    /// <summary>Whether this is gRPC's; otherwise it is a request for a page.</summary>
    public bool IsCall => HttpProtocol.IsHttp2(_request.Protocol) && (_pages is null || _pages.LeavesToGrpc(_request.Headers.ContentType));

    public override string Method => _path;

    public override string Peer
    {
        get
        {
            IHttpConnectionFeature? connection = _features.Get<IHttpConnectionFeature>();
            return connection?.RemoteIpAddress is { } address ? new IPEndPoint(address, connection.RemotePort).ToString() : "@";
        }
    }

    public override string? CommonName => _features.Get<TlsSession>()?.CommonName;

    public override CancellationToken Cancellation => _hasToken ? _token : MakeToken();

    /// <summary>Fires when the call's deadline passes, if it has one: a caller that has gone ends a read by itself, and needs no token.</summary>
    public CancellationToken Deadline => _hasDeadline ? Cancellation : CancellationToken.None;

    public override string? RequestHeader(string name)
    {
        StringValues values = _request.Headers[name];
        return values.Count == 0 ? null : values[0];
    }

    /// <summary>Answers the call from beginning to end. Never throws for what a caller or a handler does.</summary>
    public Task RunAsync()
    {
        _path = _request.RawTarget;
        IHeaderDictionary headers = _request.Headers;
        if (RefuseHeaders(headers, out int status) is { } refusal)
        {
            _response.StatusCode = status;
            Fail(refusal);
            return Task.CompletedTask;
        }
        if (!_services.Handlers.TryGetValue(_path, out CallHandler? handler))
        {
            Fail(Refusals.UnknownPath(_path, _services.Services.Contains));
            return Task.CompletedTask;
        }
        _endless = handler.Endless;
        return CallSpans.AreHeard ? RunTracedAsync(handler) : handler.RunAsync(this);
    }

    private async Task RunTracedAsync(CallHandler handler)
    {
        using Activity? span = CallSpans.Begin(this);
        _traced = span is { IsAllDataRequested: true };
        await handler.RunAsync(this);
        if (_traced)
            CallSpans.End(span!, (int)(_failure?.Code ?? StatusCode.Ok), _failure?.Message, _answeredAt);
    }

    /// <summary>Makes the object ready for the stream's next call.</summary>
    public void Reset()
    {
        _cancellation?.Dispose();
        _cancellation = null;
        _token = default;
        _hasToken = false;
        _started = false;
        _gzip = false;
        _endless = false;
        _hasDeadline = false;
        _traced = false;
        _failure = null;
        _answeredAt = null;
        _contentType = CallContentType.Plain;
        ResetMessages();
    }

    /// <summary>The status to end with when a handler let itself be cancelled.</summary>
    public EtcdError WhyCanceled()
    {
        if (_lifetime.RequestAborted.IsCancellationRequested)
            return Refusals.Canceled;
        if (_endless && _services.Stopping.IsCancellationRequested)
            return EtcdErrors.Stopped;
        // What is left is the deadline's timer (which may fire a little before the clock says so), or a handler that cancelled itself.
        return _hasDeadline && _cancellation is { IsCancellationRequested: true } ? Refusals.DeadlineExceeded : Refusals.Canceled;
    }

    /// <summary>Ends the call with a status other than OK: in the trailers, or in the only header block if no message was sent.</summary>
    public void Fail(EtcdError error)
    {
        _failure = error;
        if (_torn)
        {
            _features.Get<IHttpResetFeature>()?.Reset(ResetInternalError);
            return;
        }
        IHeaderDictionary target;
        if (_started)
        {
            target = Trailers();
        }
        else
        {
            target = _response.Headers;
            target.ContentType = _contentType;
        }
        target.GrpcStatus = StatusNumbers[(int)error.Code];
        target.GrpcMessage = StatusText.Encode(error.Message);
    }

    /// <summary>Ends the call with OK.</summary>
    public async ValueTask SucceedAsync()
    {
        if (!_started)
            await StartAsync();
        Succeed();
    }

    /// <summary>Turns what a handler threw into a status.</summary>
    public EtcdError Judge(Exception failure)
    {
        switch (failure)
        {
            case RefusalException refusal:
                return refusal.Error;
            case CallRefusedException refused:
                return refused.Error;
            case OperationCanceledException:
                return WhyCanceled();
            case IOException when _lifetime.RequestAborted.IsCancellationRequested:
                return Refusals.Canceled;
            default:
                _services.Log.Error("a call failed", new LogField("method", _path), new LogField("error", failure));
                return Refusals.HandlerFailed;
        }
    }

    private static readonly string[] StatusNumbers = [.. Enumerable.Range(0, 17).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    private void Succeed()
    {
        IHeaderDictionary trailers = Trailers();
        trailers.GrpcStatus = "0";
        trailers.GrpcMessage = "";
    }

    private IHeaderDictionary Trailers() => _features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;

    private EtcdError? RefuseHeaders(IHeaderDictionary headers, out int status)
    {
        status = StatusCodes.Status415UnsupportedMediaType;
        string? contentType = headers.ContentType;
        if (!CallContentType.TryAccept(contentType, out _contentType))
            return Refusals.ContentType(contentType);

        status = StatusCodes.Status400BadRequest;
        if (headers.GrpcTimeout is { Count: > 0 } timeout)
        {
            if (!CallTimeout.TryParse(timeout[0]!, out _timeout, out string reason))
                return Refusals.Timeout(reason);
            _hasDeadline = true;
            _begun = Stopwatch.GetTimestamp();
        }
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            if (BinaryHeader.IsBinary(header.Key) && !BinaryHeader.TryDecode(header.Value.ToString(), out _))
                return Refusals.BinaryMetadata(header.Key, header.Value.ToString());
        }

        status = StatusCodes.Status405MethodNotAllowed;
        if (!HttpMethods.IsPost(_request.Method))
            return Refusals.HttpMethod(_request.Method);

        status = StatusCodes.Status200OK;
        if (headers.GrpcEncoding is { Count: > 0 } encodings && encodings[0] is { Length: > 0 } encoding && encoding != "identity")
        {
            if (encoding != GzipEncoding)
            {
                _response.Headers.GrpcAcceptEncoding = GzipEncoding;
                return Refusals.UnknownEncoding(encoding);
            }
            _gzip = true;
        }
        return _hasDeadline && _timeout <= TimeSpan.FromMicroseconds(1) ? Refusals.DeadlineExceeded : null;
    }

    private CancellationToken MakeToken()
    {
        _hasToken = true;
        _token = _lifetime.RequestAborted;
        if (_endless)
            _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_token, _services.Stopping);
        else if (_hasDeadline)
            _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_token);
        else
            return _token;

        if (_hasDeadline)
        {
            TimeSpan left = _timeout - Stopwatch.GetElapsedTime(_begun);
            // Beyond what a timer can wait (49 days) a deadline is none.
            if (left <= TimeSpan.Zero)
                _cancellation.Cancel();
            else if (left.TotalMilliseconds < uint.MaxValue - 1)
                _cancellation.CancelAfter(left);
        }
        return _token = _cancellation.Token;
    }
}
