namespace Tenet.State.Members;

/// <summary>Whether the cluster is being downgraded, and to which version (contract/consensus.md, 7.4).</summary>
public sealed record DowngradeInfo(bool Enabled, string TargetVersion)
{
    /// <summary>No downgrade is under way.</summary>
    public static DowngradeInfo None { get; } = new(false, "");
}
