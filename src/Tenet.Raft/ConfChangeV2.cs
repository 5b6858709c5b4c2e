namespace Tenet.Raft;

/// <summary>A configuration change of any number of members.</summary>
/// <param name="Transition">How to get there; null is <see cref="ConfChangeTransition.Auto"/> left off the wire.</param>
/// <param name="Changes">The steps in order. None at all, without an explicit transition, means: leave the joint configuration.</param>
/// <param name="Context">The application's bytes.</param>
public sealed record ConfChangeV2(
    ConfChangeTransition? Transition, IReadOnlyList<ConfChangeSingle> Changes, ReadOnlyMemory<byte> Context)
{
    /// <summary>The change that leaves a joint configuration; its encoding is empty.</summary>
    public static ConfChangeV2 LeaveJoint { get; } = new(null, [], default);

    /// <summary>Whether this change ends a joint configuration.</summary>
    public bool LeavesJoint => Changes.Count == 0 && (Transition ?? ConfChangeTransition.Auto) == ConfChangeTransition.Auto;

    /// <summary>Whether this change starts a joint configuration, and if so whether that one ends by itself.</summary>
    public bool EntersJoint(out bool autoLeave)
    {
        ConfChangeTransition transition = Transition ?? ConfChangeTransition.Auto;
        autoLeave = transition != ConfChangeTransition.JointExplicit;
        return transition != ConfChangeTransition.Auto || Changes.Count > 1;
    }
}
