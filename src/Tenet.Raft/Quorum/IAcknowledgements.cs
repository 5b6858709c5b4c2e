namespace Tenet.Raft.Quorum;

/// <summary>How far each voter has come.</summary>
internal interface IAcknowledgements
{
    /// <summary>The index that this voter has acknowledged, 0 if nothing is known of it.</summary>
    ulong Of(ulong voter);
}
