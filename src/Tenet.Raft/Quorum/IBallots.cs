namespace Tenet.Raft.Quorum;

/// <summary>What each voter has answered.</summary>
internal interface IBallots
{
    /// <summary>The voter's answer, or null while there is none.</summary>
    bool? Of(ulong voter);
}
