using System.Text;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;

namespace Tenet.Rpc.Http;

/// <summary>The /livez and /readyz pages: all checks of a kind on one page, and each on a page of its own.</summary>
internal sealed class HealthProbes(MetricRegistry metrics, ILog log)
{
    private readonly MetricFamily<Gauge> _last = metrics.Gauges(
        "etcd_server_healthcheck", "1 if the check's last result was good, by page and check.", "type", "name");

    private readonly MetricFamily<Counter> _results = metrics.Counters(
        "etcd_server_healthchecks_total", "Results of checks, by page, check and status.", "type", "name", "status");

    public IEnumerable<HttpEndpoint> Endpoints(string kind, IReadOnlyList<HealthCheck> checks)
    {
        yield return new HttpEndpoint("/" + kind, request => AnswerAsync(kind, request, WithoutExcluded(checks, request)));
        foreach (HealthCheck check in checks)
            yield return new HttpEndpoint($"/{kind}/{check.Name}", request => AnswerAsync(kind, request, [check]));
    }

    private List<HealthCheck> WithoutExcluded(IReadOnlyList<HealthCheck> checks, EndpointRequest request)
    {
        IReadOnlyList<string> excluded = request.QueryValues("exclude");
        string[] unknown = [.. excluded.Where(name => name.Length > 0 && !checks.Any(check => check.Name == name)).Distinct()];
        if (unknown.Length > 0)
        {
            string quoted = string.Join(',', unknown.Select(name => $"\"{name}\""));
            log.Warn("some health checks cannot be excluded", new LogField("missing-health-checks", quoted));
        }
        return [.. checks.Where(check => !excluded.Contains(check.Name))];
    }

    private async ValueTask<EndpointReply> AnswerAsync(string kind, EndpointRequest request, IReadOnlyList<HealthCheck> checks)
    {
        if (request.Method != "GET")
        {
            log.Warn("Health request error", new LogField("path", request.Path), new LogField("status-code", 405));
            return EndpointReply.MethodNotAllowed;
        }

        var lines = new StringBuilder();
        bool failed = false;
        foreach (HealthCheck check in checks)
        {
            string? error = await check.AskAsync(request.Cancellation);
            lines.Append(error is null ? $"[+]{check.Name} ok\n" : $"[-]{check.Name} failed: {error}\n");
            failed |= error is not null;
            _last.With(kind, check.Name).Set(error is null ? 1 : 0);
            _results.With(kind, check.Name, error is null ? "success" : "error").Increment();
        }
        if (failed)
        {
            log.Error("Health check error", new("path", request.Path), new("reason", lines.ToString()), new("status-code", 503));
            return EndpointReply.Error(503, lines.ToString());
        }
        string body = request.QueryHas("verbose") ? lines + "ok\n" : "ok\n";
        return EndpointReply.Text(200, body) with { NoSniff = true };
    }
}
