using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tenet.Foundation.Logging;
using Tenet.Peer.Sending;
using Tenet.Protocol.Errors;
using Tenet.Server.Peers;

namespace Tenet.Peer.Serving;

/// <summary>The hash over a member's history, by which members find out that one of them differs (contract/consensus.md, 4.8).</summary>
internal static class HashPage
{
    private const int BodyBytesMax = 64 * 1024;

    public static async Task AnswerAsync(HttpContext http, PeerContext peers)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            await Replies.WrongMethodAsync(http, "GET");
            return;
        }
        string? cluster = http.Request.Headers[PeerHeaders.ClusterId];
        if (!string.IsNullOrEmpty(cluster) && cluster != HexId.Text(peers.Local.ClusterId))
        {
            await Replies.ErrorAsync(http, StatusCodes.Status412PreconditionFailed, "cluster ID mismatch");
            return;
        }
        await using RequestBody body = new(http, peers.Options);
        if (await body.ReadAllAsync(BodyBytesMax) is not { } bytes)
        {
            await Replies.ErrorAsync(http, StatusCodes.Status413PayloadTooLarge, "request body too large");
            return;
        }
        if (!TryReadRevision(bytes, out long revision))
        {
            await Replies.ErrorAsync(http, StatusCodes.Status400BadRequest, "error unmarshalling request");
            return;
        }
        try
        {
            PeerHash hash = peers.Local.HashKv(revision);
            Replies.NameCluster(http, peers);
            await Replies.BodyAsync(http, StatusCodes.Status200OK, "application/json", Encoding.UTF8.GetBytes(Text(hash)));
        }
        catch (RefusalException refusal)
        {
            peers.Log.Warn("failed to get hashKV", new("requested-revision", revision), new("error", refusal));
            string text = refusal.Error == EtcdErrors.Compacted ? "mvcc: required revision has been compacted"
                : refusal.Error == EtcdErrors.FutureRevision ? "mvcc: required revision is a future revision"
                : refusal.Message;
            await Replies.ErrorAsync(http, StatusCodes.Status400BadRequest, text);
        }
    }

    private static bool TryReadRevision(byte[] json, out long revision)
    {
        revision = 0;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Null)
                return true;
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!property.Name.Equals("revision", StringComparison.OrdinalIgnoreCase) || property.Value.ValueKind == JsonValueKind.Null)
                    continue;
                if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt64(out revision))
                    return false;
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Fields of the value 0 are left out.</summary>
    private static string Text(PeerHash hash)
    {
        StringBuilder text = new("{\"header\":{");
        if (hash.Revision != 0)
            text.Append(CultureInfo.InvariantCulture, $"\"revision\":{hash.Revision}");
        text.Append('}');
        if (hash.Hash != 0)
            text.Append(CultureInfo.InvariantCulture, $",\"hash\":{hash.Hash}");
        if (hash.CompactRevision != 0)
            text.Append(CultureInfo.InvariantCulture, $",\"compact_revision\":{hash.CompactRevision}");
        if (hash.HashRevision != 0)
            text.Append(CultureInfo.InvariantCulture, $",\"hash_revision\":{hash.HashRevision}");
        return text.Append('}').ToString();
    }
}
