using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;

namespace Tenet.Rpc.Http;

/// <summary>The member's own pages (contract/api.md, 5.2), made once for each member and listed for as many listeners as want them.</summary>
public sealed class MemberPages(IMemberHealth health, IMemberVersions versions, MetricRegistry metrics, ILog log)
{
    private readonly IMemberHealth _health = health;
    private readonly IMemberVersions _versions = versions;
    private readonly MetricRegistry _metrics = metrics;
    private readonly ILog _log = log;

    /// <summary>For client URLs: /version, /health, /livez, /readyz with their sub-paths, /metrics.</summary>
    public IReadOnlyList<HttpEndpoint> ForClients => throw new NotImplementedException($"{_health} {_versions} {_metrics} {_log}");

    /// <summary>For metrics URLs: the same without /version.</summary>
    public IReadOnlyList<HttpEndpoint> ForMetrics => throw new NotImplementedException();
}
