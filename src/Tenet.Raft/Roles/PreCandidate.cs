namespace Tenet.Raft.Roles;

/// <summary>Asks whether it would win, before it disturbs anybody with a new term.</summary>
internal sealed class PreCandidate(RaftCore core) : Campaigner(core)
{
    /// <inheritdoc/>
    public override RaftRole Kind => RaftRole.PreCandidate;

    protected override bool IsPreVote => true;

    protected override void OnWon() => Core.StartCampaign(CampaignKind.Election);
}
