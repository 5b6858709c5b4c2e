using System.Net;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Http;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Http;

/// <summary>The pages as clients get them over HTTP/1.1 (contract/api.md, 5.2; statuses, headers and bodies captured from 3.5.30).</summary>
public class MemberPagesTests : IAsyncLifetime
{
    private readonly FakeMember _member = new();
    private readonly HttpClient _http = new();
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            options =>
            {
                var pages = new MemberPages(_member, _member, options.Metrics, options.Log, _ => new ValueTask<ReadOnlyMemory<byte>>("{}"u8.ToArray()));
                return options with
                {
                    Listeners =
                    [
                        new RpcListener("http://127.0.0.1:0") { Endpoints = pages.ForClients, Access = HttpAccess.Everybody },
                        new RpcListener("http://127.0.0.1:0") { Grpc = false, Endpoints = pages.ForMetrics },
                        new RpcListener("http://127.0.0.1:0") { Endpoints = pages.ForClients, Access = new HttpAccess(["http://good"], ["good"]) },
                    ],
                };
            },
            TestServer.Put());
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Version()
    {
        Assert.Equal((200, "application/json", "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\"}"), await GetAsync("/version"));
        _member.Cluster = _member.Storage = null;
        Assert.Equal((200, "application/json", "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"not_decided\",\"storage\":\"unknown\"}"), await GetAsync("/version"));
    }

    [Fact]
    public async Task Variables() => Assert.Equal((200, "application/json; charset=utf-8", "{}"), await GetAsync("/debug/vars"));

    [Theory]
    [InlineData("")]
    [InlineData("?serializable=true")]
    [InlineData("?exclude=NOSPACE")]
    public async Task Health_of_a_healthy_member(string query) =>
        Assert.Equal((200, "text/plain; charset=utf-8", "{\"health\":\"true\",\"reason\":\"\"}"), await GetAsync("/health" + query));

    [Theory]
    [InlineData("", 503, "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n")]
    [InlineData("?exclude=NOSPACE", 503, "{\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n")]
    [InlineData("?exclude=NOSPACE&exclude=CORRUPT", 200, "{\"health\":\"true\",\"reason\":\"\"}")]
    public async Task Health_with_alarms(string query, int status, string body)
    {
        _member.Alarms = [AlarmType.Nospace, AlarmType.Corrupt];
        Assert.Equal((status, "text/plain; charset=utf-8", body), await GetAsync("/health" + query));
    }

    [Theory]
    [InlineData("", 503, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n")]
    [InlineData("?serializable=true", 200, "{\"health\":\"true\",\"reason\":\"\"}")]
    public async Task Health_without_leader(string query, int status, string body)
    {
        _member.HasLeader = false;
        Assert.Equal((status, "text/plain; charset=utf-8", body), await GetAsync("/health" + query));
    }

    [Fact]
    public async Task Health_when_reads_fail()
    {
        _member.LinearizableError = "etcdserver: request \"timed\" out";
        Assert.Equal(
            (503, "text/plain; charset=utf-8", "{\"health\":\"false\",\"reason\":\"RANGE ERROR:etcdserver: request \\\"timed\\\" out\"}\n"),
            await GetAsync("/health"));
        Assert.Equal(200, (await GetAsync("/health?serializable=true")).Status);
        string page = _server.Page();
        Assert.Contains("etcd_server_health_failures 1\n", page, StringComparison.Ordinal);
        Assert.Contains("etcd_server_health_success 1\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/livez", "ok\n")]
    [InlineData("/livez?verbose", "[+]serializable_read ok\nok\n")]
    [InlineData("/livez?exclude=serializable_read&verbose=1", "ok\n")]
    [InlineData("/livez/serializable_read", "ok\n")]
    [InlineData("/readyz", "ok\n")]
    [InlineData("/readyz?verbose", "[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\nok\n")]
    [InlineData("/readyz/linearizable_read?verbose", "[+]linearizable_read ok\nok\n")]
    [InlineData("/readyz/non_learner", "ok\n")]
    [InlineData("/readyz/data_corruption", "ok\n")]
    public async Task Probes_of_a_healthy_member(string path, string body) =>
        Assert.Equal((200, "text/plain; charset=utf-8", body), await GetAsync(path));

    [Fact]
    public async Task Probes_of_an_ailing_member()
    {
        _member.Alarms = [AlarmType.Corrupt];
        _member.IsLearner = true;
        _member.LinearizableError = "etcdserver: no leader";
        Assert.Equal(
            (503, "text/plain; charset=utf-8", "[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n"
                + "[-]linearizable_read failed: etcdserver: no leader\n[-]non_learner failed: not supported for learner\n\n"),
            await GetAsync("/readyz"));
        Assert.Equal(
            (503, "text/plain; charset=utf-8", "[-]non_learner failed: not supported for learner\n\n"), await GetAsync("/readyz/non_learner?exclude=non_learner"));
        Assert.Equal(200, (await GetAsync("/readyz?exclude=data_corruption&exclude=linearizable_read&exclude=non_learner&exclude=moon")).Status);
        Assert.Contains(_server.Log.Lines, line => line.Contains("some health checks cannot be excluded", StringComparison.Ordinal));
        Assert.Equal(200, (await GetAsync("/livez")).Status);
        string page = _server.Page();
        Assert.Contains("etcd_server_healthcheck{name=\"non_learner\",type=\"readyz\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("etcd_server_healthchecks_total{name=\"non_learner\",status=\"error\",type=\"readyz\"} 2\n", page, StringComparison.Ordinal);
        Assert.Contains("etcd_server_healthcheck{name=\"serializable_read\",type=\"livez\"} 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics()
    {
        (int status, string contentType, string body) = await GetAsync("/metrics");
        Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (status, contentType));
        Assert.Contains("# TYPE grpc_server_started_total counter\n", body, StringComparison.Ordinal);
        Assert.Contains("promhttp_metric_handler_requests_in_flight 1\n", body, StringComparison.Ordinal);
        Assert.Contains("promhttp_metric_handler_requests_total{code=\"200\"} 0\n", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nope")]
    [InlineData("/version/")]
    [InlineData("/readyz/nope")]
    [InlineData("/")]
    public async Task Unknown_paths(string path) =>
        Assert.Equal((404, "text/plain; charset=utf-8", "404 page not found\n"), await GetAsync(path));

    [Theory]
    [InlineData("POST", "/version")]
    [InlineData("PUT", "/health")]
    [InlineData("DELETE", "/livez")]
    [InlineData("POST", "/readyz/non_learner")]
    public async Task Other_methods(string method, string path)
    {
        using HttpResponseMessage response = await _http.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Uri, path)));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("GET", Assert.Single(response.Content.Headers.Allow));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("Method Not Allowed\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Head_has_headers_only()
    {
        using HttpResponseMessage response = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(_server.Uri, "/health")));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(19, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Metrics_listeners_have_no_version_and_no_cors()
    {
        var uri = new Uri(_server.Server.Urls[1]);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(new Uri(uri, "/version"))).StatusCode);
        using HttpResponseMessage health = await _http.GetAsync(new Uri(uri, "/health"));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.False(health.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Cors_headers_are_on_every_answer_and_options_is_answered_anywhere()
    {
        foreach (string path in new[] { "/version", "/nope" })
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri(_server.Uri, path));
            Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Equal("POST, GET, OPTIONS, PUT, DELETE", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Methods")));
            Assert.Equal("accept, content-type, authorization", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Headers")));
        }
        using HttpResponseMessage options = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Options, new Uri(_server.Uri, "/anything")));
        Assert.Equal((HttpStatusCode.OK, ""), (options.StatusCode, await options.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Hosts_and_origins_are_checked_where_they_are_listed()
    {
        var uri = new Uri(_server.Server.Urls[2]);
        using HttpResponseMessage refused = await _http.GetAsync(new Uri(uri, "/metrics"));
        Assert.Equal(421, (int)refused.StatusCode);
        Assert.Contains("etcd --host-whitelist \"127.0.0.1\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));

        foreach ((string origin, bool allowed) in new[] { ("http://good", true), ("http://evil", false) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, "/health"));
            request.Headers.Host = "good:1234";
            request.Headers.Add("Origin", origin);
            using HttpResponseMessage response = await _http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(allowed, response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_connection_stays_open_between_requests_and_closes_when_asked()
    {
        using var raw = new RawConnection(_server.Uri);
        raw.Send("GET /version HTTP/1.1\r\nHost: x\r\n\r\nGET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8);
        string answers = raw.ReadToEnd();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 404 Not Found\r\n", answers, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    private async Task<(int Status, string ContentType, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri(_server.Uri, path));
        return ((int)response.StatusCode, response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync());
    }

    private sealed class FakeMember : IMemberHealth, IMemberVersions
    {
        public IReadOnlyList<AlarmType> Alarms { get; set; } = [];

        public bool HasLeader { get; set; } = true;

        public bool IsLearner { get; set; }

        public string? LinearizableError { get; set; }

        public string Server => "3.7.1";

        public string? Cluster { get; set; } = "3.7.0";

        public string? Storage { get; set; } = "3.7.0";

        public ValueTask<string?> ProbeReadAsync(bool serializable, CancellationToken cancellation) => new(serializable ? null : LinearizableError);
    }
}
