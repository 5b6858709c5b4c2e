namespace Tenet.State.Apply;

/// <summary>What an applier is told at start.</summary>
public sealed record ApplierOptions
{
    /// <summary>The version of this member; a cluster version of a later minor stops it.</summary>
    public required Version ServerVersion { get; init; }

    /// <summary>How many learners the cluster may have. In a cluster with 3.5 members this must be 1 everywhere.</summary>
    public int LearnersMax { get; init; } = 1;
}
