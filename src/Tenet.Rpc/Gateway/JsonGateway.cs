using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>
/// The method table once more, as JSON over HTTP under <c>/v3/</c> (contract/api.md, 4). The handlers are called in the process; there is no
/// connection in between.
/// </summary>
internal sealed class JsonGateway
{
    /// <summary>What the paths below this one are.</summary>
    public const string Root = "/v3/";

    /// <summary>A body of one message must go on arriving. Streams may be silent as long as they like.</summary>
    private static readonly MinDataRate BodyRateMin = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromMinutes(1));

    private static readonly EtcdError NotFound = new(StatusCode.NotFound, "Not Found");
    private static readonly EtcdError MethodNotAllowed = new(StatusCode.Unimplemented, "Method Not Allowed");

    private readonly CallServices _services;
    private readonly FrozenDictionary<string, GatewayMethod> _paths;

    public JsonGateway(IReadOnlyList<Method> table, CallServices services)
    {
        _services = services;
        var rows = table.ToDictionary(row => row.Path, StringComparer.Ordinal);
        _paths = GatewayBindings.All.ToFrozenDictionary(
            binding => binding.Path,
            binding => GatewayMethod.Of(
                GatewayBindings.Methods[binding.Method],
                rows.GetValueOrDefault(binding.Method),
                services.Handlers.GetValueOrDefault(binding.Method)),
            StringComparer.Ordinal);
    }

    /// <summary>Answers a request for a path below <see cref="Root"/>.</summary>
    public async Task AnswerAsync(IFeatureCollection features, string path)
    {
        // What a server has left of a path for the sake of its slashes.
        path = path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (WebSocketDoor.IsAskedFor(features))
        {
            await WebSocketDoor.AnswerAsync(features, _services, exchange => RunAsync(path, exchange));
            return;
        }

        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        var reply = new HttpReply(features);
        string method = request.Method;
        bool bodyIsTaken = TryOverrideMethod(request, ref method);
        if (!_paths.TryGetValue(path, out GatewayMethod? found) || method != HttpMethods.Post)
        {
            await reply.RefuseAsync(found is null ? NotFound : MethodNotAllowed);
            return;
        }

        if (!found.IsDuplex && features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate && HttpProtocol.IsHttp11(request.Protocol))
            rate.MinDataRate = BodyRateMin;
        CancellationToken aborted = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        System.IO.Pipelines.PipeReader body = bodyIsTaken
            ? System.IO.Pipelines.PipeReader.Create(System.Buffers.ReadOnlySequence<byte>.Empty)
            : features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
        IPEndPoint? caller = CallerOf(features);
        GatewayMetadata metadata;
        try
        {
            metadata = GatewayMetadata.Of(request.Headers, caller?.Address);
        }
        catch (RefusalException refusal)
        {
            await reply.RefuseAsync(refusal.Error);
            return;
        }

        await found.RunAsync(new GatewayExchange(metadata, new GatewayBody(body, _services), reply, caller, _services, aborted));
    }

    public static IPEndPoint? CallerOf(IFeatureCollection features) =>
        features.Get<IHttpConnectionFeature>() is { RemoteIpAddress: { } address } connection ? new IPEndPoint(address, connection.RemotePort) : null;

    private Task RunAsync(string path, GatewayExchange exchange) =>
        _paths.TryGetValue(path, out GatewayMethod? method) ? method.RunAsync(exchange) : exchange.Reply.RefuseAsync(NotFound).AsTask();

    /// <summary>
    /// A form may name another method than its own, as browsers cannot. Looking for it takes the body as form fields, so that nothing is left for a
    /// message.
    /// </summary>
    private static bool TryOverrideMethod(IHttpRequestFeature request, ref string method)
    {
        if (method != HttpMethods.Post
            || request.Headers.ContentType != "application/x-www-form-urlencoded"
            || request.Headers["X-HTTP-Method-Override"].ToString() is not { Length: > 0 } asked)
        {
            return false;
        }

        method = asked.ToUpperInvariant();
        return true;
    }
}
