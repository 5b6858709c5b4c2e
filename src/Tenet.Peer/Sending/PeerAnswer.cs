using System.Net;
using Tenet.Foundation.Logging;

namespace Tenet.Peer.Sending;

/// <summary>What a peer's answer to a message means.</summary>
internal static class PeerAnswer
{
    /// <summary>The most that is read of an answer's text, in bytes.</summary>
    private const int TextBytesMax = 64 * 1024;

    /// <summary>Null if the message was taken; otherwise why not. A peer that says that this member was removed is believed.</summary>
    public static async Task<string?> ProblemAsync(HttpResponseMessage response, PeerContext context, string peer, string url, CancellationToken cancellation)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.NoContent:
                return null;
            case HttpStatusCode.Forbidden or HttpStatusCode.Gone:
                context.Local.ReportRemoved();
                return "the member has been permanently removed from the cluster";
            case HttpStatusCode.PreconditionFailed:
                string text = (await TextAsync(response, cancellation)).TrimEnd('\n');
                context.Log.Warn(
                    "request sent was ignored by remote peer",
                    new("local-member-id", context.LocalHexId),
                    new("remote-peer-id", peer),
                    new("remote-peer-cluster-id", PeerHeaders.Find(response, PeerHeaders.ClusterId) ?? ""),
                    new("error", text));
                return text;
            default:
                return $"unexpected http status {(int)response.StatusCode} while posting to \"{url}\"";
        }
    }

    /// <summary>The body as text, as far as it is of interest.</summary>
    public static async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body = await BytesAsync(response, TextBytesMax, cancellation);
        return System.Text.Encoding.UTF8.GetString(body);
    }

    /// <summary>The body.</summary>
    /// <exception cref="IOException">It is larger than <paramref name="max"/>, or broke off.</exception>
    public static async Task<byte[]> BytesAsync(HttpResponseMessage response, int max, CancellationToken cancellation)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        using MemoryStream bytes = new();
        byte[] piece = new byte[8 * 1024];
        int read;
        while ((read = await body.ReadAsync(piece, cancellation)) > 0)
        {
            if (bytes.Length + read > max)
                throw new IOException($"an answer of more than {max} bytes");
            bytes.Write(piece, 0, read);
        }
        return bytes.ToArray();
    }
}
