using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Tenet.Rpc.Http;

/// <summary>The HTTP/1.1 side of one listener: finds the page, checks who may see it, writes the answer.</summary>
internal sealed class PageTable(RpcListener options)
{
    private readonly FrozenDictionary<string, HttpEndpoint> _pages = options.Endpoints.ToFrozenDictionary(page => page.Path, StringComparer.Ordinal);
    private readonly HttpAccess? _access = options.Access;

    public bool IsEmpty => _pages.Count == 0;

    public async Task AnswerAsync(IFeatureCollection features)
    {
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        EndpointReply reply = _access?.Refuse(request) ?? await FindAsync(features, request);

        if (reply.Status != StatusCodes.Status421MisdirectedRequest)
            _access?.AddHeaders(request.Headers, response.Headers);
        response.StatusCode = reply.Status;
        if (reply.ContentType.Length > 0)
            response.Headers.ContentType = reply.ContentType;
        if (reply.NoSniff)
            response.Headers.XContentTypeOptions = "nosniff";
        if (reply.Allow is not null)
            response.Headers.Allow = reply.Allow;
        response.Headers.ContentLength = reply.Body.Length;
        if (reply.Body.Length > 0 && !HttpMethods.IsHead(request.Method))
            await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(reply.Body);
    }

    private async ValueTask<EndpointReply> FindAsync(IFeatureCollection features, IHttpRequestFeature request)
    {
        if (!_pages.TryGetValue(request.Path, out HttpEndpoint? page))
            return EndpointReply.NotFound;
        CancellationToken gone = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        string query = request.QueryString.Length > 0 ? request.QueryString[1..] : "";
        return await page.Answer(new EndpointRequest(request.Method, request.Path, query, gone));
    }
}
