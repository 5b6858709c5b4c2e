namespace Tenet.Simulation.Worlds;

/// <summary>How the network treats what is sent over it.</summary>
/// <param name="DelayMin">Shortest way, in ticks.</param>
/// <param name="DelayMax">Longest way, in ticks; most take about the shortest.</param>
/// <param name="Drop">How often a message is lost.</param>
/// <param name="Duplicate">How often it arrives twice.</param>
/// <param name="Reorder">How often it overtakes others or is overtaken.</param>
internal readonly record struct LinkQuality(long DelayMin, long DelayMax, double Drop, double Duplicate, double Reorder);
