namespace Tenet.Simulation.Worlds;

/// <summary>A world went wrong in a way that no fault excuses; the run ends.</summary>
internal sealed class SimulationFailedException(string message, Exception? inner = null) : Exception(message, inner);
