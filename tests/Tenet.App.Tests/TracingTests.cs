using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using OpenTelemetry.Trace;
using Tenet.App.CommandLine;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Hosting;
using Tenet.Protocol.Calls;
using Tenet.Rpc;
using Tenet.Server;

namespace Tenet.App.Tests;

public sealed class TracingTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-tracing-").FullName;
    private readonly ConcurrentQueue<byte[]> _received = [];

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task A_traced_put_is_told_to_the_collector_part_by_part_and_an_untraced_one_is_not()
    {
        await using GrpcServer collector = await CollectorAsync();
        string address = collector.Urls[0]["http://".Length..];
        FlagValues flags = FlagParserTests.Parsed(
            "--enable-distributed-tracing", "--distributed-tracing-address", address, "--distributed-tracing-service-name=etcd-of-test", "--distributed-tracing-instance-id=one");
        using (TracerProvider? provider = Tracing.Start(Configuration.Tracing(flags), NoLog.Instance))
        {
            await using TenetMember member = await TenetMember.StartAsync(new TenetOptions
            {
                Member = new MemberOptions { Name = "one", DataDirectory = _scratch + "/data", InitialCluster = [new("one", ["http://localhost:2380"])], UnsafeNoFsync = true },
                ListenClientUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
                ListenPeerUrls = [],
            });
            Assert.Equal("0", await PutAsync(member.Urls[0], null));
            Assert.Equal("0", await PutAsync(member.Urls[0], $"00-{TraceId}-b7ad6b7169203331-01"));
            using HttpClient http = new();
            using StringContent body = new("{\"key\":\"aw==\"}");
            using HttpRequestMessage json = new(HttpMethod.Post, member.Urls[0] + "/v3/kv/range") { Content = body };
            json.Headers.Add("Grpc-Metadata-traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
            using HttpResponseMessage answer = await http.SendAsync(json);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

            // Spans inside the member are written beside the answer.
            Assert.True(SpinWait.SpinUntil(() => provider!.ForceFlush() && Spans(Told(), "apply") > 0 && Spans(Told(), "send") > 0, TimeSpan.FromSeconds(10)));
        }
        byte[] told = Told();
        Assert.Equal(1, Spans(told, "etcdserverpb.KV/Put"));
        foreach (string name in new[] { "queue", "propose", "sync", "commit", "apply", "send" })
            Assert.True(Spans(told, name) == 1, $"{name}: {Spans(told, name)}");
        Assert.Equal(1, Spans(told, "etcdserverpb.KV/Range"));
        foreach (string name in new[] { "read index", "range" })
            Assert.True(Spans(told, name) == 1, $"{name}: {Spans(told, name)}");
        Assert.Equal(10, Count(told, Convert.FromHexString(TraceId)));
        Assert.Equal(1, Count(told, Encoding.UTF8.GetBytes("etcd-of-test")));
    }

    [Theory]
    [InlineData("distributed tracing configurition is not valid: (tracing sampling rate must be positive)", "--distributed-tracing-sampling-rate=-1")]
    [InlineData("distributed tracing configurition is not valid: (tracing sampling rate must be less than 1000000)", "--distributed-tracing-sampling-rate=1000001")]
    [InlineData("--distributed-tracing-address \"a b\" must be \"host:port\"", "--distributed-tracing-address=a b")]
    public void What_cannot_be_is_refused(string problem, string argument)
    {
        Assert.Equal(problem, Assert.Throws<FlagsRefusedException>(() => Configuration.Tracing(FlagParserTests.Parsed("--enable-distributed-tracing", argument))).Message);
        Assert.Null(Configuration.Tracing(FlagParserTests.Parsed(argument)));
    }

    private byte[] Told() => [.. _received.SelectMany(bytes => bytes)];

    private Task<GrpcServer> CollectorAsync() => GrpcServer.StartAsync(
        new GrpcServerOptions
        {
            Listeners = [new RpcListener("http://127.0.0.1:0")],
            Methods =
            [
                new UnaryMethod<byte[], byte[]>("/opentelemetry.proto.collector.trace.v1.TraceService/Export", new Bytes(), new Bytes(), (request, _) =>
                {
                    _received.Enqueue(request);
                    return new([]);
                }),
            ],
            Metrics = new MetricRegistry(),
        },
        CancellationToken.None);

    private static async Task<string> PutAsync(string url, string? traceParent)
    {
        using HttpClient http = new();
        // Key k, value v; before it no compression and the length.
        using HttpRequestMessage request = new(HttpMethod.Post, url + "/etcdserverpb.KV/Put")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 6, 0x0A, 1, (byte)'k', 0x12, 1, (byte)'v']),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        request.Headers.TryAddWithoutValidation("te", "trailers");
        if (traceParent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        using HttpResponseMessage response = await http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status) ? status.Single() : "none";
    }

    /// <summary>How many spans have this name, which is field 5 of a span.</summary>
    private static int Spans(byte[] told, string name) => Count(told, [0x2A, (byte)name.Length, .. Encoding.UTF8.GetBytes(name)]);

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> wanted)
    {
        int count = 0;
        for (int at = bytes.IndexOf(wanted); at >= 0; at = bytes.IndexOf(wanted))
        {
            count++;
            bytes = bytes[(at + wanted.Length)..];
        }
        return count;
    }

    private sealed class Bytes : IMessageCodec<byte[]>
    {
        public byte[] Read(in ReadOnlySequence<byte> bytes) => bytes.ToArray();

        public int SizeOf(byte[] message) => message.Length;

        public void Write(byte[] message, Span<byte> output) => message.CopyTo(output);

        public void Write(byte[] message, IBufferWriter<byte> output) => output.Write(message);
    }
}
