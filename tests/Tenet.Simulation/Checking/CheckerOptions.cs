namespace Tenet.Simulation.Checking;

/// <summary>What the world's clocks may do, and how the members are set up.</summary>
internal sealed record CheckerOptions
{
    /// <summary>How much faster than the world's time a member's monotonic clock may run; 1 is exact.</summary>
    public double ClockRateMax { get; init; } = 1.0;

    /// <summary>The members' election timeout.</summary>
    public required TimeSpan ElectionTimeout { get; init; }

    /// <summary>Longest time from a lease's end to its revocation in a cluster that is well.</summary>
    public TimeSpan RevocationMax { get; init; } = TimeSpan.FromSeconds(5);
}
