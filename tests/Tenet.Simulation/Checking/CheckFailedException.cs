namespace Tenet.Simulation.Checking;

/// <summary>A checker has found a broken promise; the run ends.</summary>
internal sealed class CheckFailedException(Violation violation) : Exception(violation.ToString())
{
    /// <summary>What was found, by whom.</summary>
    public Violation Violation { get; } = violation;
}
