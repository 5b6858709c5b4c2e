namespace Tenet.Raft;

/// <summary>Whether a configuration change goes through a joint configuration, and who ends it.</summary>
public enum ConfChangeTransition
{
    /// <summary>Joint only if the change needs it; then left automatically.</summary>
    Auto = 0,

    /// <summary>Always joint, left automatically.</summary>
    JointImplicit = 1,

    /// <summary>Always joint; the application leaves it by proposing an empty change.</summary>
    JointExplicit = 2,
}
