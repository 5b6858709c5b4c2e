using System.Collections.Frozen;
using Tenet.Foundation.Logging;

namespace Tenet.Rpc.Calls;

/// <summary>What all calls of a server share.</summary>
/// <param name="Handlers">The method table by path.</param>
/// <param name="Services">The services that exist, for the wording of refusals.</param>
/// <param name="Limits">The size limits.</param>
/// <param name="Metrics">The byte counters.</param>
/// <param name="Log">Where failures go.</param>
/// <param name="Stopping">Fires when the server starts to stop.</param>
internal sealed record CallServices(
    FrozenDictionary<string, CallHandler> Handlers,
    FrozenSet<string> Services,
    CallLimits Limits,
    RpcMetrics Metrics,
    ILog Log,
    CancellationToken Stopping);
