using Tenet.Protocol.Calls;

namespace Tenet.Simulation.Workload;

/// <summary>A call as the member sees it.</summary>
internal sealed class SimCall : CallContext
{
    private readonly CancellationTokenSource _cancelled = new();

    public override string Method => "/simulated";

    public override string Peer => "client";

    public override CancellationToken Cancellation => _cancelled.Token;

    public override string? RequestHeader(string name) => null;

    /// <summary>The caller has gone away.</summary>
    public void Cancel() => _cancelled.Cancel();
}
