using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>
/// Gateway calls over a WebSocket: a message that comes in is a line of the request's body, a line of the answer is a message that goes out
/// (contract/api.md, 4.7). The caller's token comes in the list of protocols or in a cookie, as browsers can set no other header.
/// </summary>
internal static class WebSocketDoor
{
    private const string Bearer = "Bearer";
    private const string TokenCookie = "token";

    /// <summary>The constant of RFC 6455, section 1.3.</summary>
    private const string HandshakeConstant = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static bool IsAskedFor(IFeatureCollection features)
    {
        IHeaderDictionary headers = features.GetRequiredFeature<IHttpRequestFeature>().Headers;
        return HasToken(headers.Connection, "upgrade") && HasToken(headers.Upgrade, "websocket");
    }

    public static async Task AnswerAsync(IFeatureCollection features, CallServices services, Func<GatewayExchange, Task> run)
    {
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        int? refusal = RefuseHandshake(request);
        if (refusal is not null || features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            await RefuseAsync(features, response, refusal ?? StatusCodes.Status400BadRequest);
            return;
        }

        GatewayMetadata metadata;
        try
        {
            metadata = GatewayMetadata.Of(HeadersForCall(request.Headers), JsonGateway.CallerOf(features)?.Address);
        }
        catch (RefusalException)
        {
            await RefuseAsync(features, response, StatusCodes.Status400BadRequest);
            return;
        }

        string? protocol = request.Headers.SecWebSocketProtocol.ToString().StartsWith(Bearer, StringComparison.Ordinal) ? Bearer : null;
        response.Headers.Connection = "Upgrade";
        response.Headers.Upgrade = "websocket";
        response.Headers.SecWebSocketAccept = AcceptOf(request.Headers.SecWebSocketKey.ToString());
        if (protocol is not null)
            response.Headers.SecWebSocketProtocol = protocol;
        CancellationToken aborted = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        await using Stream stream = await upgrade.UpgradeAsync();
        using var socket = WebSocket.CreateFromStream(stream, isServer: true, protocol, Timeout.InfiniteTimeSpan);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted, services.Stopping);
        await TalkAsync(socket, metadata, JsonGateway.CallerOf(features), services, run, ended);
    }

    private static async Task TalkAsync(
        WebSocket socket,
        GatewayMetadata metadata,
        System.Net.IPEndPoint? caller,
        CallServices services,
        Func<GatewayExchange, Task> run,
        CancellationTokenSource ended)
    {
        Pipe body = new();
        Task receiving = ReceiveAsync(socket, body.Writer, ended);
        try
        {
            var reply = new WebSocketReply(socket);
            await run(new GatewayExchange(metadata, new GatewayBody(body.Reader, services), reply, caller, services, ended.Token));
            await reply.CloseAsync();
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or OperationCanceledException)
        {
            // The caller is gone, or the member stops.
        }
        finally
        {
            await ended.CancelAsync();
            await body.Reader.CompleteAsync();
            socket.Abort();
            await receiving;
        }
    }

    /// <summary>Takes messages until the caller says no more; that ends the call as well.</summary>
    private static async Task ReceiveAsync(WebSocket socket, PipeWriter body, CancellationTokenSource ended)
    {
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(body.GetMemory(4096), ended.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                body.Advance(received.Count);
                if (received.EndOfMessage)
                {
                    body.GetSpan(1)[0] = (byte)'\n';
                    body.Advance(1);
                }

                FlushResult flushed = await body.FlushAsync(ended.Token);
                if (flushed.IsCompleted)
                    break;
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or OperationCanceledException)
        {
            // As good as a goodbye.
        }

        await ended.CancelAsync();
        await body.CompleteAsync();
    }

    private static async Task RefuseAsync(IFeatureCollection features, IHttpResponseFeature response, int status)
    {
        byte[] text = Encoding.ASCII.GetBytes(status == StatusCodes.Status405MethodNotAllowed ? "Method Not Allowed\n" : "Bad Request\n");
        response.StatusCode = status;
        response.Headers.ContentType = Http.EndpointReply.PlainText;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.SecWebSocketVersion = "13";
        response.Headers.ContentLength = text.Length;
        await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(text);
    }

    private static int? RefuseHandshake(IHttpRequestFeature request)
    {
        if (!HttpMethods.IsGet(request.Method))
            return StatusCodes.Status405MethodNotAllowed;
        bool sound = HasToken(request.Headers.SecWebSocketVersion, "13") && IsKey(request.Headers.SecWebSocketKey.ToString());
        return sound ? null : StatusCodes.Status400BadRequest;
    }

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[16];
        return key.Length == 24 && Convert.TryFromBase64String(key, bytes, out int length) && length == bytes.Length;
    }

    private static IHeaderDictionary HeadersForCall(IHeaderDictionary asked)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        headers.Host = asked.Host;
        headers.Origin = asked.Origin;
        headers.Referer = asked.Referer;
        string protocols = asked.SecWebSocketProtocol.ToString();
        int token = protocols.IndexOf(Bearer + ",", StringComparison.Ordinal);
        if (token >= 0)
            headers.Authorization = $"{Bearer} {protocols[(token + Bearer.Length + 1)..].Trim(' ')}";
        foreach (string cookie in asked.Cookie.ToString().Split(';', StringSplitOptions.TrimEntries))
        {
            if (cookie.StartsWith(TokenCookie + "=", StringComparison.Ordinal))
                headers.Authorization = $"{Bearer} {cookie[(TokenCookie.Length + 1)..]}";
        }

        return headers;
    }

    private static bool HasToken(StringValues header, string token) => header
        .SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Contains(token, StringComparer.OrdinalIgnoreCase);

    private static string AcceptOf(string key)
    {
#pragma warning disable CA5350 // The protocol names SHA-1; nothing is kept secret by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + HandshakeConstant)));
#pragma warning restore CA5350
    }
}
