using System.Collections.Frozen;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Rpc.Gateway;
using Tenet.Transport.Tls;

namespace Tenet.Rpc.Http;

/// <summary>The HTTP/1.1 side of one listener: checks who may see it, finds the page or the gateway's call, writes the answer.</summary>
internal sealed class PageTable(RpcListener options, Lazy<JsonGateway>? gateway)
{
    /// <summary>What the gateway's paths were called before they were stable.</summary>
    private const string BetaRoot = "/v3beta/";

    private readonly FrozenDictionary<string, HttpEndpoint> _pages = options.Endpoints.ToFrozenDictionary(page => page.Path, StringComparer.Ordinal);
    private readonly HttpAccess? _access = options.Access;
    private readonly bool _besideGrpc = options.Grpc;

    /// <summary>Whether an HTTP/2 request of this content type is a call, where both share a connection.</summary>
    public bool LeavesToGrpc(string? contentType) => _besideGrpc && contentType?.Contains("application/grpc", StringComparison.Ordinal) == true;

    public bool IsEmpty => _pages.Count == 0 && gateway is null;

    public async Task AnswerAsync(IFeatureCollection features)
    {
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        string path = request.Path.StartsWith(BetaRoot, StringComparison.Ordinal) ? JsonGateway.Root + request.Path[BetaRoot.Length..] : request.Path;
        EndpointReply? reply = null;
        if (_access is not null)
        {
            reply = _access.Refuse(request, path, features.Get<TlsSession>());
            if (reply is null)
            {
                _access.AddHeaders(request.Headers, response.Headers);
                if (HttpMethods.IsOptions(request.Method))
                    reply = new EndpointReply(200, "", ReadOnlyMemory<byte>.Empty);
            }
        }

        if (reply is null && gateway is not null && path.StartsWith(JsonGateway.Root, StringComparison.Ordinal))
        {
            await gateway.Value.AnswerAsync(features, path);
            return;
        }

        reply ??= await FindAsync(features, request);
        response.StatusCode = reply.Status;
        if (reply.ContentType.Length > 0)
            response.Headers.ContentType = reply.ContentType;
        if (reply.NoSniff)
            response.Headers.XContentTypeOptions = "nosniff";
        if (reply.Allow is not null)
            response.Headers.Allow = reply.Allow;
        using PooledBody? pooled = reply.Pooled;
        response.Headers.ContentLength = pooled?.Length ?? reply.Body.Length;
        if (HttpMethods.IsHead(request.Method))
            return;
        PipeWriter body = features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;
        foreach (ReadOnlyMemory<byte> piece in pooled?.Pieces() ?? [reply.Body])
        {
            // Whoever has gone takes no more.
            if (piece.Length > 0 && (await body.WriteAsync(piece)).IsCompleted)
                return;
        }
    }

    private async ValueTask<EndpointReply> FindAsync(IFeatureCollection features, IHttpRequestFeature request)
    {
        if (!_pages.TryGetValue(request.Path, out HttpEndpoint? page))
            return gateway is not null && request.Path == OpenApiDocument.Path ? OpenApiDocument.Answer(request.Method) : EndpointReply.NotFound;
        CancellationToken gone = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        string query = request.QueryString.Length > 0 ? request.QueryString[1..] : "";
        return await page.Answer(new EndpointRequest(request.Method, request.Path, query, gone));
    }
}
