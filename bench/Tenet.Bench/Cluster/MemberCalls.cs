using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench.Cluster;

/// <summary>Single calls to one member, outside of any load.</summary>
/// <param name="port">Where it serves clients.</param>
/// <param name="token">Of whoever has logged in; none if empty.</param>
internal sealed class MemberCalls(int port, string token = "") : IDisposable
{
    private const int PrefixBytes = 5;

    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = false, ConnectTimeout = TimeSpan.FromSeconds(1) })
    {
        BaseAddress = new Uri(BenchServer.Url(port)),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _http.Dispose();

    public Task<StatusResponse?> StatusAsync(TimeSpan patience) =>
        CallAsync("/etcdserverpb.Maintenance/Status", new StatusRequest(), StatusResponse.Parser, patience);

    /// <summary>Whether a put is acknowledged.</summary>
    public async Task<bool> TryPutAsync(string key, TimeSpan patience, string value = "")
    {
        PutRequest request = new() { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) };
        return await CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, patience) is not null;
    }

    /// <summary>Whether the member says that its database is defragmented.</summary>
    public async Task<bool> TryDefragmentAsync(TimeSpan patience) =>
        await CallAsync("/etcdserverpb.Maintenance/Defragment", new DefragmentRequest(), DefragmentResponse.Parser, patience) is not null;

    /// <returns>The answer; null if there was none, or if it was an error.</returns>
    public async Task<T?> CallAsync<T>(string path, IMessage request, MessageParser<T> parser, TimeSpan patience)
        where T : class, IMessage<T>
    {
        byte[] frame = new byte[PrefixBytes + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - PrefixBytes);
        request.WriteTo(frame.AsSpan(PrefixBytes));
        using HttpRequestMessage message = new(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new("application/grpc") } },
        };
        message.Headers.TE.Add(new("trailers"));
        if (token.Length > 0)
            message.Headers.Add("token", token);
        using CancellationTokenSource limit = new(patience);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(message, limit.Token);
            byte[] body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            return body.Length >= PrefixBytes ? parser.ParseFrom(body.AsSpan(PrefixBytes)) : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }
}
