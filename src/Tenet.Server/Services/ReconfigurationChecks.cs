using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Services;

/// <summary>
/// What is refused before a membership change is even proposed, because the cluster could lose its quorum by it (contract/consensus.md, 6.5).
/// All but the check of a learner's progress can be switched off.
/// </summary>
internal sealed class ReconfigurationChecks(MemberCore core)
{
    /// <summary>How long a connection must have stood to count.</summary>
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(5);

    /// <summary>How much of what the leader holds a learner must hold.</summary>
    private const double ReadyShare = 0.9;

    /// <exception cref="RefusalException">The member may not be added now.</exception>
    public void RequireAddable(ClusterMember member)
    {
        if (!core.Options.StrictReconfigCheck)
            return;
        List<ClusterMember> voters = Voters();
        int started = Started(voters);

        // A single member that was restored from another's data may take a second one before it has ever started.
        bool first = started == 1 && voters.Count == 1;
        if (!member.IsLearner && !first && started < Quorum(voters.Count + 1))
            throw Refused("rejecting member add request; not enough healthy members", member.Id, EtcdErrors.MemberNotEnoughStarted);
        if (voters.Count != 1 && Connected(voters) < Quorum(voters.Count + 1))
        {
            throw Refused(
                "rejecting member add request; local member has not been connected to majority peers, reconfigure breaks active quorum",
                member.Id,
                EtcdErrors.UnhealthyCluster);
        }
    }

    /// <exception cref="RefusalException">The member may not be removed now.</exception>
    public void RequireRemovable(ulong id)
    {
        if (!core.Options.StrictReconfigCheck || core.Members.Current.Find(id) is { IsLearner: true })
            return;
        List<ClusterMember> voters = Voters();
        List<ClusterMember> staying = voters.FindAll(member => member.Id != id);
        if (Started(staying) < Quorum(staying.Count))
            throw Refused("rejecting member remove request; not enough healthy members", id, EtcdErrors.MemberNotEnoughStarted);

        // One that is down takes nothing away with it.
        if (id != core.MemberId && core.Seams.Peers.ConnectedSince(id) is null)
            return;
        if (Connected(voters) - 1 < 1 + (voters.Count - 1) / 2)
        {
            throw Refused(
                "rejecting member remove request; local member has not been connected to all peers, reconfigure breaks active quorum",
                id,
                EtcdErrors.UnhealthyCluster);
        }
    }

    /// <param name="id">The learner.</param>
    /// <param name="status">Raft's view on the leader.</param>
    /// <exception cref="RefusalException">The learner may not have its vote now.</exception>
    public void RequirePromotable(ulong id, RaftStatus status)
    {
        PeerStatus learner = status.Progress.FirstOrDefault(peer => peer.Id == id) ?? throw EtcdErrors.MemberNotFound.ToException();
        ulong leaderMatch = status.Progress.First(peer => peer.Id == status.Id).Match;
        double share = (double)learner.Match / leaderMatch;
        if (share < ReadyShare)
        {
            core.Log.Error(
                "rejecting promote learner: learner is not ready",
                new LogField("learner-ready-percent", share),
                new LogField("ready-percent-threshold", ReadyShare));
            throw EtcdErrors.LearnerNotReady.ToException();
        }

        List<ClusterMember> voters = Voters();
        if (core.Options.StrictReconfigCheck && Started(voters) + 1 < Quorum(voters.Count + 1))
            throw Refused("rejecting member promote request; not enough healthy members", id, EtcdErrors.MemberNotEnoughStarted);
    }

    private static int Quorum(int voters) => voters / 2 + 1;

    private static int Started(List<ClusterMember> members) => members.Count(static member => member.Name.Length > 0);

    private List<ClusterMember> Voters() => [.. core.Members.Current.Members.Where(static member => !member.IsLearner)];

    private int Connected(List<ClusterMember> voters)
    {
        long since = core.Clock.GetTimestamp() - (long)(HealthInterval.TotalSeconds * core.Clock.TimestampFrequency);
        return voters.Count(member => member.Id == core.MemberId || core.Seams.Peers.ConnectedSince(member.Id) < since);
    }

    private RefusalException Refused(string line, ulong id, EtcdError error)
    {
        core.Log.Warn(
            line,
            new LogField("local-member-id", core.MemberId.ToString("x")),
            new LogField("requested-member", id.ToString("x")),
            new LogField("error", error.Message));
        return error.ToException();
    }
}
