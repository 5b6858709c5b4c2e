using System.Text;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Http;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Http;

/// <summary>Pages that are written anew for every request.</summary>
public sealed class PooledBodyTests
{
    [Fact]
    public void A_warm_scrape_of_a_large_page_makes_next_to_no_garbage()
    {
        MetricRegistry metrics = Large();
        var well = new Well();
        var pages = new MemberPages(well, well, metrics, NoLog.Instance);
        HttpEndpoint page = pages.ForMetrics.Single(static page => page.Path == "/metrics");
        Assert.True(Scrape(page) > 250_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long length = Scrape(page);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
        Assert.True(length > 250_000);
    }

    [Fact]
    public async Task A_page_in_pieces_arrives_whole()
    {
        MetricRegistry metrics = Large();
        string expected = Text(metrics);
        using var http = new HttpClient();
        await using TestServer server = await TestServer.StartAsync(
            options => options with
            {
                Listeners =
                [
                    new RpcListener("http://127.0.0.1:0")
                    {
                        Endpoints =
                        [
                            new HttpEndpoint("/page", _ =>
                            {
                                var body = new PooledBody();
                                metrics.WriteText(body);
                                return new(new EndpointReply(200, MetricRegistry.ContentType, default) { Pooled = body });
                            }),
                        ],
                        Access = HttpAccess.Everybody,
                    },
                ],
            },
            TestServer.Put());
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri(server.Uri, "/page"));
            Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
            Assert.Equal(expected.Length, answer.Content.Headers.ContentLength);
        }

        using HttpResponseMessage head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(server.Uri, "/page")));
        Assert.Equal(expected.Length, head.Content.Headers.ContentLength);
        Assert.Equal("", await head.Content.ReadAsStringAsync());
    }

    private static long Scrape(HttpEndpoint page)
    {
        EndpointReply reply = page.Answer(new EndpointRequest("GET", "/metrics", "", default)).AsTask().GetAwaiter().GetResult();
        using PooledBody body = reply.Pooled!;
        return body.Length;
    }

    private static string Text(MetricRegistry metrics)
    {
        using var body = new PooledBody();
        metrics.WriteText(body);
        return string.Concat(body.Pieces().Select(static piece => Encoding.ASCII.GetString(piece.Span)));
    }

    private static MetricRegistry Large()
    {
        var metrics = new MetricRegistry();
        double[] bounds = Histogram.ExponentialBounds(0.0001, 2, 20);
        for (int family = 0; family < 20; family++)
        {
            MetricFamily<Histogram> histograms = metrics.Histograms($"h{family}_seconds", "Times.", bounds, "method", "code");
            for (int series = 0; series < 10; series++)
                histograms.With($"method{series}", "OK").Observe(series * 0.0123);
        }

        return metrics;
    }

    private sealed class Well : IMemberHealth, IMemberVersions
    {
        public IReadOnlyList<AlarmType> Alarms => [];

        public bool HasLeader => true;

        public bool IsLearner => false;

        public string Server => "3.7.1";

        public string? Cluster => "3.7.0";

        public string? Storage => "3.7.0";

        public ValueTask<string?> ProbeReadAsync(bool serializable, CancellationToken cancellation) => default;
    }
}
