namespace Tenet.Raft;

/// <summary>What happens to one member.</summary>
public enum ConfChangeType
{
    /// <summary>It becomes a voter, whether it was a learner or unknown before.</summary>
    AddNode = 0,

    /// <summary>It leaves.</summary>
    RemoveNode = 1,

    /// <summary>Nothing changes in Raft; the application has news about it.</summary>
    UpdateNode = 2,

    /// <summary>It becomes a learner, whether it was a voter or unknown before.</summary>
    AddLearnerNode = 3,
}
