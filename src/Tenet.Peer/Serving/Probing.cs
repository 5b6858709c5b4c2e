using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Tenet.Peer.Serving;

/// <summary>A sign of life, for whoever asks and however (contract/consensus.md, 4.7).</summary>
internal static class Probing
{
    public static Task AnswerAsync(HttpContext http, TimeProvider clock)
    {
        string now = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        byte[] body = Encoding.UTF8.GetBytes($"{{\"OK\":true,\"Now\":\"{now}Z\"}}\n");
        return Replies.BodyAsync(http, StatusCodes.Status200OK, "text/plain; charset=utf-8", body);
    }
}
