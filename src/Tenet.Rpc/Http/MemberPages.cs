using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Rpc.Http;

/// <summary>The member's own pages (contract/api.md, 5.2), made once for each member and listed for as many listeners as want them.</summary>
public sealed class MemberPages
{
    private static readonly JsonSerializerOptions GoJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IMemberHealth _health;
    private readonly IMemberVersions _versions;
    private readonly MetricRegistry _metrics;
    private readonly ILog _log;
    private readonly Counter _healthSuccess;
    private readonly Counter _healthFailures;
    private readonly MetricFamily<Counter> _scrapes;
    private readonly Gauge _scraping;
    private readonly HealthCheck[] _live;
    private readonly HealthCheck[] _ready;

    /// <summary>Makes the pages and registers their metrics.</summary>
    /// <param name="health">How the member is.</param>
    /// <param name="versions">What /version shows.</param>
    /// <param name="metrics">What /metrics shows.</param>
    /// <param name="log">Hears of unwell members.</param>
    /// <param name="variables">The JSON text of /debug/vars; null leaves that page out.</param>
    public MemberPages(
        IMemberHealth health, IMemberVersions versions, MetricRegistry metrics, ILog log, Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>>>? variables = null)
    {
        _health = health;
        _versions = versions;
        _metrics = metrics;
        _log = log;
        _healthSuccess = metrics.Counter("etcd_server_health_success", "Times that /health found the member well.");
        _healthFailures = metrics.Counter("etcd_server_health_failures", "Times that /health found the member unwell.");
        _scraping = metrics.Gauge("promhttp_metric_handler_requests_in_flight", "Current number of scrapes being served.");
        _scrapes = metrics.Counters(
            "promhttp_metric_handler_requests_total", "Total number of scrapes by HTTP status code.", "code");
        foreach (string code in new[] { "200", "500", "503" })
            _scrapes.With(code);

        var probes = new HealthProbes(metrics, log);
        HealthCheck serializable = new("serializable_read", stop => health.ProbeReadAsync(serializable: true, stop));
        HealthCheck linearizable = new("linearizable_read", stop => health.ProbeReadAsync(serializable: false, stop));
        HealthCheck corruption = new("data_corruption", _ => new ValueTask<string?>(Corruption()));
        HealthCheck voter = new("non_learner", _ => new ValueTask<string?>(health.IsLearner ? "not supported for learner" : null));
        _live = [serializable];
        _ready = [corruption, serializable, linearizable, voter];
        ForMetrics =
        [
            new HttpEndpoint("/health", AnswerHealthAsync),
            .. probes.Endpoints("livez", _live),
            .. probes.Endpoints("readyz", _ready),
            new HttpEndpoint("/metrics", _ => new ValueTask<EndpointReply>(AnswerMetrics())),
        ];
        ForClients = [new HttpEndpoint("/version", request => new ValueTask<EndpointReply>(AnswerVersion(request))), .. ForMetrics];
        if (variables is not null)
            ForClients = [.. ForClients, new HttpEndpoint("/debug/vars", async request => new EndpointReply(200, "application/json; charset=utf-8", await variables(request.Cancellation)))];
    }

    /// <summary>For client URLs: /version, /health, /livez, /readyz with their sub-paths, /metrics, /debug/vars.</summary>
    public IReadOnlyList<HttpEndpoint> ForClients { get; }

    /// <summary>For metrics URLs: the same without /version and /debug/vars.</summary>
    public IReadOnlyList<HttpEndpoint> ForMetrics { get; }

    /// <summary>What /livez finds wrong, a line for each check; null if all is well.</summary>
    public ValueTask<string?> CheckLiveAsync(CancellationToken cancellation) => FindProblemsAsync(_live, cancellation);

    /// <summary>What /readyz finds wrong, a line for each check; null if all is well.</summary>
    public ValueTask<string?> CheckReadyAsync(CancellationToken cancellation) => FindProblemsAsync(_ready, cancellation);

    private static async ValueTask<string?> FindProblemsAsync(HealthCheck[] checks, CancellationToken cancellation)
    {
        List<string> problems = [];
        foreach (HealthCheck check in checks)
        {
            if (await check.AskAsync(cancellation) is { } problem)
                problems.Add($"{check.Name}: {problem}");
        }
        return problems.Count == 0 ? null : string.Join('\n', problems);
    }

    private string? Corruption() => _health.Alarms.Contains(AlarmType.Corrupt) ? "alarm activated: CORRUPT" : null;

    private EndpointReply AnswerVersion(EndpointRequest request)
    {
        if (request.Method != "GET")
            return EndpointReply.MethodNotAllowed;
        string body = $"{{\"etcdserver\":{Json(_versions.Server)},\"etcdcluster\":{Json(_versions.Cluster ?? "not_decided")},"
            + $"\"storage\":{Json(_versions.Storage ?? "unknown")}}}";
        return new EndpointReply(200, "application/json", Encoding.UTF8.GetBytes(body));
    }

    private EndpointReply AnswerMetrics()
    {
        _scraping.Add(1);
        var page = new PooledBody();
        _metrics.WriteText(page);
        _scraping.Add(-1);
        _scrapes.With("200").Increment();
        return new EndpointReply(200, MetricRegistry.ContentType, default) { Pooled = page };
    }

    private async ValueTask<EndpointReply> AnswerHealthAsync(EndpointRequest request)
    {
        if (request.Method != "GET")
        {
            _log.Warn("/health error", new LogField("status-code", 405));
            return EndpointReply.MethodNotAllowed;
        }
        bool serializable = request.QueryValues("serializable") is ["true", ..];
        string? reason = await FindReasonAsync(request.QueryValues("exclude"), serializable, request.Cancellation);
        string body = $"{{\"health\":\"{(reason is null ? "true" : "false")}\",\"reason\":{Json(reason ?? "")}}}";
        if (reason is null)
        {
            _healthSuccess.Increment();
            _log.Debug("/health OK", new LogField("status-code", 200));
            return EndpointReply.Text(200, body);
        }
        _healthFailures.Increment();
        _log.Warn("/health error", new LogField("output", body), new LogField("status-code", 503));
        return EndpointReply.Error(503, body);
    }

    private async ValueTask<string?> FindReasonAsync(IReadOnlyList<string> excluded, bool serializable, CancellationToken cancellation)
    {
        foreach (AlarmType alarm in _health.Alarms)
        {
            string name = alarm switch
            {
                AlarmType.Nospace => "NOSPACE",
                AlarmType.Corrupt => "CORRUPT",
                _ => "UNKNOWN",
            };
            if (!excluded.Contains(name))
                return "ALARM " + name;
        }
        if (!serializable && !_health.HasLeader)
            return "RAFT NO LEADER";
        string? error = await _health.ProbeReadAsync(serializable, cancellation);
        return error is null ? null : "RANGE ERROR:" + error;
    }

    private static string Json(string text) => JsonSerializer.Serialize(text, GoJson);
}
