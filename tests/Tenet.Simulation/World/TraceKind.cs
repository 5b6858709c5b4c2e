namespace Tenet.Simulation.Worlds;

/// <summary>What an event in the trace tells.</summary>
internal enum TraceKind
{
    Turn,
    Continuation,
    Sent,
    Dropped,
    Received,
    Snapshot,
    Question,
    Process,
    Fault,
    Client,
    Phase,
    Log,
}
