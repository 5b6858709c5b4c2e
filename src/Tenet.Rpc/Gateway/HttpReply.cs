using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>The answer to an HTTP request. Single answers tell their length, streams are chunked and sent line by line.</summary>
internal sealed class HttpReply(IFeatureCollection features) : GatewayReply
{
    private const string Json = "application/json";
    private const string MetadataContentType = "Grpc-Metadata-Content-Type";

    private readonly IHttpRequestFeature _request = features.GetRequiredFeature<IHttpRequestFeature>();
    private readonly IHttpResponseFeature _response = features.GetRequiredFeature<IHttpResponseFeature>();
    private readonly IHttpResponseBodyFeature _body = features.GetRequiredFeature<IHttpResponseBodyFeature>();
    private Task _flushing = Task.CompletedTask;

    private PipeWriter Writer => _body.Writer;

    public override ValueTask AnswerAsync(JsonOutput body)
    {
        _response.Headers[MetadataContentType] = CallContentType.Plain;
        return SendAsync(200, body);
    }

    public override async ValueTask SendLineAsync(JsonOutput line, bool moreFollows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!HasStarted)
        {
            _response.Headers[MetadataContentType] = CallContentType.Plain;
            await BeginStreamAsync(StatusCode.Ok, hasLines: true);
        }

        line.MoveTo(Writer);
        if (moreFollows && Writer is { CanGetUnflushedBytes: true, UnflushedBytes: < 64 * 1024 })
            return;
        // The wait may be cancelled, the flush may not: a line that is half on its way must arrive whole.
        _flushing = Writer.FlushAsync(CancellationToken.None).AsTask();
        await _flushing.WaitAsync(cancellation);
    }

    protected override ValueTask SendRefusalAsync(EtcdError error, JsonOutput body)
    {
        if (error.Code == StatusCode.Unauthenticated)
            _response.Headers.WWWAuthenticate = error.Message;
        return SendAsync(StatusOf(error.Code), body);
    }

    protected override async ValueTask BeginStreamAsync(StatusCode code, bool hasLines)
    {
        if (HasStarted)
            return;
        HasStarted = true;
        _response.StatusCode = StatusOf(code);
        if (hasLines)
            _response.Headers.ContentType = Json;
        await _body.StartAsync();
    }

    protected override Task DrainAsync() => _flushing;

    private async ValueTask SendAsync(int status, JsonOutput body)
    {
        HasStarted = true;
        _response.StatusCode = status;
        _response.Headers.ContentType = Json;
        // Who takes trailers gets chunks.
        if (!_request.Headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
            _response.Headers.ContentLength = body.Length;
        await _body.StartAsync();
        if (!HttpMethods.IsHead(_request.Method))
            await body.SendToAsync(Writer, CancellationToken.None);
    }
}
