using System.Text;
using Microsoft.AspNetCore.Http;
using Tenet.Peer.Sending;

namespace Tenet.Peer.Serving;

/// <summary>Answers in the shapes in which Go's HTTP server writes them (contract/consensus.md, 4.1).</summary>
internal static class Replies
{
    /// <summary>An error as text.</summary>
    public static Task ErrorAsync(HttpContext http, int status, string text)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return BodyAsync(http, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>There is no such page.</summary>
    public static Task NotFoundAsync(HttpContext http) => ErrorAsync(http, StatusCodes.Status404NotFound, "404 page not found");

    /// <summary>The page is there, but not for this method.</summary>
    public static Task WrongMethodAsync(HttpContext http, string? allow)
    {
        if (allow is not null)
            http.Response.Headers.Allow = allow;
        return ErrorAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
    }

    /// <summary>A whole body.</summary>
    public static async Task BodyAsync(HttpContext http, int status, string type, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.BodyWriter.WriteAsync(body);
    }

    /// <summary>Names the cluster.</summary>
    public static void NameCluster(HttpContext http, PeerContext peers) => http.Response.Headers[PeerHeaders.ClusterId] = HexId.Text(peers.Local.ClusterId);

    /// <summary>
    /// Whether the caller speaks a version that is understood and belongs to this cluster; otherwise it has been told so
    /// (contract/consensus.md, 4.2).
    /// </summary>
    public static async ValueTask<bool> IsOfThisClusterAsync(HttpContext http, PeerContext peers)
    {
        IHeaderDictionary headers = http.Request.Headers;
        if (!PeerVersion.TryParse(headers[PeerHeaders.ServerVersion], out Version server)
            || !PeerVersion.TryParse(headers[PeerHeaders.MinClusterVersion], out Version minCluster))
        {
            // etcd drops the connection of somebody whose version cannot be read.
            http.Abort();
            return false;
        }
        string? problem = !PeerVersion.IsCompatible(server, minCluster) ? "incompatible version"
            : headers[PeerHeaders.ClusterId] != HexId.Text(peers.Local.ClusterId) ? "cluster ID mismatch"
            : null;
        if (problem is null)
            return true;
        await ErrorAsync(http, StatusCodes.Status412PreconditionFailed, problem);
        return false;
    }

    /// <summary>Remembers who asks, in case it is not in the configuration applied here.</summary>
    public static void Remember(HttpContext http, PeerTransport transport)
    {
        string? urls = http.Request.Headers[PeerHeaders.PeerUrls];
        if (HexId.TryParse(http.Request.Headers[PeerHeaders.From], out ulong from) && !string.IsNullOrEmpty(urls))
            transport.AddRemote(from, urls.Split(','));
    }
}
