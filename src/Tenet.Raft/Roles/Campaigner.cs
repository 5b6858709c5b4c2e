using Tenet.Raft.Quorum;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Roles;

/// <summary>Collects votes until it wins, loses, or hears from a leader (contract/consensus.md, 1.5.2).</summary>
internal abstract class Campaigner(RaftCore core) : Role(core)
{
    private readonly BallotBox _ballots = new();

    /// <summary>Whether the answers counted here are those to pre-votes.</summary>
    protected abstract bool IsPreVote { get; }

    /// <inheritdoc/>
    public override StepResult Propose(ReadOnlySpan<Entry> entries, ulong from)
    {
        Core.Info($"{Core.Id:x} no leader at term {Core.Term}; dropping proposal");
        return StepResult.Dropped;
    }

    /// <summary>A quorum agrees.</summary>
    protected abstract void OnWon();

    protected override void OnAppend(AppendEntries append) => Core.BecomeFollower(append.Term, append.From).Handle(append);

    protected override void OnHeartbeat(Heartbeat heartbeat) => Core.BecomeFollower(heartbeat.Term, heartbeat.From).Handle(heartbeat);

    protected override void OnSnapshot(InstallSnapshot install) => Core.BecomeFollower(install.Term, install.From).Handle(install);

    protected override void OnVoteResponse(VoteResponse response)
    {
        // A candidate may still get answers to the pre-votes that it asked for before.
        if (response.PreVote != IsPreVote)
            return;
        Core.Info(
            $"{Core.Id:x} received {response.Type}{(response.Reject ? " rejection" : "")} from {response.From:x} at term {Core.Term}");
        _ballots.Record(response.From, !response.Reject);
        (int granted, int rejected) = Count();
        Core.Info($"{Core.Id:x} has received {granted} {response.Type} votes and {rejected} vote rejections");
        switch (Core.Config.Voters.Vote(_ballots))
        {
            case VoteResult.Won:
                OnWon();
                break;
            case VoteResult.Lost:
                Core.BecomeFollower(Core.Term, 0);
                break;
        }
    }

    protected override void OnTimeoutNow(TimeoutNow timeout) =>
        Core.Debug($"{Core.Id:x} [term {Core.Term} state State{Kind}] ignored MsgTimeoutNow from {timeout.From:x}");

    private (int Granted, int Rejected) Count()
    {
        int granted = 0;
        int rejected = 0;
        for (int i = 0; i < Core.Members.Count; i++)
        {
            (ulong id, Progress progress) = Core.Members.At(i);
            bool? ballot = progress.IsLearner ? null : _ballots.Of(id);
            granted += ballot is true ? 1 : 0;
            rejected += ballot is false ? 1 : 0;
        }
        return (granted, rejected);
    }
}
