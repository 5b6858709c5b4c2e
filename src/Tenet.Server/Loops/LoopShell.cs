namespace Tenet.Server.Loops;

/// <summary>Turns that share a thread, and what wakes it.</summary>
/// <param name="Name">The thread's name.</param>
/// <param name="Signal">Wakes it.</param>
/// <param name="Turns">The turns, in the order in which they run.</param>
internal sealed record LoopShell(string Name, WakeSignal Signal, IReadOnlyList<ITurn> Turns);
