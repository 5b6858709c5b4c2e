namespace Tenet.Simulation.Workload;

/// <summary>A call ended without an answer: what became of the request is unknown, unless it never reached the member.</summary>
internal sealed class CallLostException(string message, bool reached) : Exception(message)
{
    /// <summary>Whether the member may have seen it.</summary>
    public bool MayHaveBeenSeen { get; } = reached;
}
