namespace Tenet.Simulation.Worlds;

/// <summary>The machine lost its power in the middle of a disk operation: whatever code was running goes no further.</summary>
internal sealed class PowerCutException() : Exception("the power is gone");
