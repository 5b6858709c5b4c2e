using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Protobuf;
using Tenet.Peer.Sending;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Leasepb;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Peer;

/// <summary>Asks members at their peer URLs (contract/consensus.md, 4.8 and 4.9).</summary>
internal sealed class PeerClient(HttpMessageInvoker requests) : IPeerClient
{
    /// <summary>The largest answer that is read, in bytes.</summary>
    private const int AnswerBytesMax = 100 << 20;

    public async Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Of(url, "/members"));
        Answer answer = await AskAsync(request, cancellation);
        Expect(answer, HttpStatusCode.OK);
        if (!HexId.TryParse(answer.ClusterId, out ulong clusterId))
            throw new PeerRequestException($"{answer.Url}: the answer names no cluster");
        return new PeerMembership(clusterId, ReadMembers(answer));
    }

    public async Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Of(url, "/version"));
        Answer answer = await AskAsync(request, cancellation);
        Expect(answer, HttpStatusCode.OK);
        return Read(answer, static root =>
        {
            if (!PeerVersion.TryParse(root.GetProperty("etcdserver").GetString(), out Version server))
                throw new FormatException("no version");
            string cluster = root.TryGetProperty("etcdcluster", out JsonElement text) ? text.GetString() ?? "" : "";
            return new PeerVersions(server, cluster.Length > 0 && PeerVersion.TryParse(cluster, out Version decided) ? decided : null);
        });
    }

    public async Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Of(url, "/downgrade/enabled"));
        Answer answer = await AskAsync(request, cancellation);
        Expect(answer, HttpStatusCode.OK);
        return bool.TryParse(answer.Text, out bool enabled) ? enabled : throw Unusable(answer);
    }

    public async Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation)
    {
        string body = string.Create(CultureInfo.InvariantCulture, $"{{\"revision\":{revision}}}");
        using HttpRequestMessage request = new(HttpMethod.Get, Of(url, "/members/hashkv"))
        {
            Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.TryAddWithoutValidation(PeerHeaders.ClusterId, HexId.Text(clusterId));
        Answer answer = await AskAsync(request, cancellation);
        if (answer.Status == HttpStatusCode.BadRequest && answer.Text.Contains("required revision has been compacted", StringComparison.Ordinal))
            throw EtcdErrors.Compacted.ToException();
        if (answer.Status == HttpStatusCode.BadRequest && answer.Text.Contains("required revision is a future revision", StringComparison.Ordinal))
            throw EtcdErrors.FutureRevision.ToException();
        Expect(answer, HttpStatusCode.OK);
        return Read(answer, static root => new PeerHash(
            root.TryGetProperty("hash", out JsonElement hash) ? hash.GetUInt32() : 0,
            Number(root, "compact_revision"),
            root.TryGetProperty("header", out JsonElement header) ? Number(header, "revision") : 0,
            Number(root, "hash_revision")));
    }

    public async Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation)
    {
        Answer answer = await PostAsync(Of(url, "/leases"), new LeaseKeepAliveRequest { ID = id }, cancellation);
        return Parse(answer, LeaseKeepAliveResponse.Parser).TTL;
    }

    public async Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation)
    {
        Answer answer = await PostAsync(Of(url, "/leases/internal"), new LeaseInternalRequest { LeaseTimeToLiveRequest = request }, cancellation);
        return Parse(answer, LeaseInternalResponse.Parser).LeaseTimeToLiveResponse ?? throw Unusable(answer);
    }

    public async Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Of(url, string.Create(CultureInfo.InvariantCulture, $"/members/promote/{id}")));
        request.Content = new ByteArrayContent([]);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", token);
        Answer answer = await AskAsync(request, cancellation);
        switch (answer.Status)
        {
            case HttpStatusCode.RequestTimeout:
                throw EtcdErrors.Timeout.ToException();
            case HttpStatusCode.PreconditionFailed when answer.Text.Contains("in sync with leader", StringComparison.Ordinal):
                throw EtcdErrors.LearnerNotReady.ToException();
            case HttpStatusCode.PreconditionFailed when answer.Text.Contains("can only promote a learner member", StringComparison.Ordinal):
                throw EtcdErrors.MemberNotLearner.ToException();
            case HttpStatusCode.NotFound:
                throw EtcdErrors.MemberNotFound.ToException();
            case HttpStatusCode.OK:
                return ReadMembers(answer);
            default:
                throw new PeerRequestException($"member promote: unknown error({answer.Text.TrimEnd('\n')})");
        }
    }

    private async Task<Answer> PostAsync(Uri url, IMessage message, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, url) { Content = new ByteArrayContent(message.ToByteArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/protobuf");
        Answer answer = await AskAsync(request, cancellation);
        if (answer.Status == HttpStatusCode.NotFound)
            throw EtcdErrors.LeaseNotFound.ToException();
        if (answer.Status != HttpStatusCode.OK)
            throw new PeerRequestException($"lease: unknown error({answer.Text.TrimEnd('\n')})");
        return answer;
    }

    private async Task<Answer> AskAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // Sending may change the request's own.
        Uri url = request.RequestUri!;
        try
        {
            using HttpResponseMessage response = await requests.SendAsync(request, cancellation);
            byte[] body = await PeerAnswer.BytesAsync(response, AnswerBytesMax, cancellation);
            return new Answer(url, response.StatusCode, PeerHeaders.Find(response, PeerHeaders.ClusterId), body);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new PeerRequestException($"{url}: {failure.Message}", failure);
        }
    }

    private static Uri Of(string url, string path) =>
        PeerConnections.Target(url, path) ?? throw new PeerRequestException($"{url} cannot be asked: it is no URL of a peer");

    private static void Expect(Answer answer, HttpStatusCode status)
    {
        if (answer.Status != status)
            throw new PeerRequestException($"{answer.Url}: status {(int)answer.Status}: {answer.Text.TrimEnd('\n')}");
    }

    private static List<ClusterMember> ReadMembers(Answer answer) => Read(answer, static root =>
        root.EnumerateArray().Select(static member => MemberJson.ReadContext(System.Text.Encoding.UTF8.GetBytes(member.GetRawText()), "an answer").Member).ToList());

    private static T Read<T>(Answer answer, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            return read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or Foundation.CorruptionException)
        {
            throw Unusable(answer, failure);
        }
    }

    private static T Parse<T>(Answer answer, MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseChecked(answer.Body);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw Unusable(answer, failure);
        }
    }

    private static long Number(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : 0;

    private static PeerRequestException Unusable(Answer answer, Exception? why = null) => new($"{answer.Url}: the answer makes no sense: {why?.Message ?? answer.Text}", why);

    private sealed record Answer(Uri Url, HttpStatusCode Status, string? ClusterId, byte[] Body)
    {
        public string Text => System.Text.Encoding.UTF8.GetString(Body);
    }
}
