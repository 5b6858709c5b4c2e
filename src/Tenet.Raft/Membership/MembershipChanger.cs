using Tenet.Foundation;
using Tenet.Raft.Quorum;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Membership;

/// <summary>
/// Carries configuration changes out (contract/consensus.md, 1.11.2): from one state to the next, the old one stays as it is. A change that
/// does not fit the state is a broken invariant, because what is carried out here has been committed.
/// </summary>
internal sealed class MembershipChanger(MembershipState before, ulong lastIndex, InflightLimits limits)
{
    private MembershipConfig _config = before.Config;
    private ProgressMap _members = before.Members;

    /// <summary>Carries out whatever the change asks for.</summary>
    public MembershipState Apply(ConfChangeV2 change)
    {
        if (change.LeavesJoint)
            return LeaveJoint();
        return change.EntersJoint(out bool autoLeave) ? EnterJoint(autoLeave, change.Changes) : Simple(change.Changes);
    }

    /// <summary>Changes at most one voter, and any number of learners.</summary>
    public MembershipState Simple(IReadOnlyList<ConfChangeSingle> changes)
    {
        Invariant.That(!_config.Voters.IsJoint, $"can't apply simple config change in joint config");
        MemberSet voters = _config.Voters.Incoming;
        Carry(changes);
        Invariant.That(
            voters.Difference(_config.Voters.Incoming) <= 1, $"more than one voter changed without entering joint config");
        return Checked();
    }

    /// <summary>Puts the changed voters in force beside the present ones.</summary>
    public MembershipState EnterJoint(bool autoLeave, IReadOnlyList<ConfChangeSingle> changes)
    {
        Invariant.That(!_config.Voters.IsJoint, $"config is already joint");
        Invariant.That(_config.Voters.Incoming.Count > 0, $"can't make a zero-voter config joint");
        _config = _config with { Voters = new(_config.Voters.Incoming, _config.Voters.Incoming), AutoLeave = autoLeave };
        Carry(changes);
        return Checked();
    }

    /// <summary>Puts the outgoing voters out of force.</summary>
    public MembershipState LeaveJoint()
    {
        Invariant.That(_config.Voters.IsJoint, $"can't leave a non-joint config");
        MemberSet outgoing = _config.Voters.Outgoing;
        foreach (ulong id in _config.LearnersNext.Ids)
            _members = _members.With(id, Known(id).As(learner: true));
        _config = new MembershipConfig
        {
            Voters = new(_config.Voters.Incoming, MemberSet.Empty),
            Learners = _config.Learners.Union(_config.LearnersNext),
        };
        foreach (ulong id in outgoing.Ids)
        {
            if (!_config.Voters.Contains(id) && !_config.Learners.Contains(id))
                _members = _members.Without(id);
        }
        return Checked();
    }

    /// <summary>The state that a stored membership describes, from nothing.</summary>
    public static MembershipState Restore(ConfState stored, ulong lastIndex, InflightLimits limits)
    {
        MembershipState state = MembershipState.Empty;
        List<ConfChangeSingle> incoming = [];
        foreach (ulong id in stored.VotersOutgoing)
        {
            state = new MembershipChanger(state, lastIndex, limits).Simple([new(ConfChangeType.AddNode, id)]);
            incoming.Add(new(ConfChangeType.RemoveNode, id));
        }
        Add(incoming, ConfChangeType.AddNode, stored.Voters);
        Add(incoming, ConfChangeType.AddLearnerNode, stored.Learners);
        Add(incoming, ConfChangeType.AddLearnerNode, stored.LearnersNext);
        if (stored.VotersOutgoing.Count > 0)
        {
            state = new MembershipChanger(state, lastIndex, limits).EnterJoint(stored.AutoLeave, incoming);
        }
        else
        {
            foreach (ConfChangeSingle change in incoming)
                state = new MembershipChanger(state, lastIndex, limits).Simple([change]);
        }
        ConfState restored = state.Config.ToConfState();
        Invariant.That(restored.Equals(stored), $"ConfStates not equivalent after restoring: {stored} became {restored}");
        return state;
    }

    private static void Add(List<ConfChangeSingle> changes, ConfChangeType type, IReadOnlyList<ulong> ids)
    {
        foreach (ulong id in ids)
            changes.Add(new(type, id));
    }

    private void Carry(IReadOnlyList<ConfChangeSingle> changes)
    {
        foreach (ConfChangeSingle change in changes)
        {
            // The layer above clears the id of a change that it has refused.
            if (change.NodeId == 0)
                continue;
            switch (change.Type)
            {
                case ConfChangeType.AddNode:
                    MakeVoter(change.NodeId);
                    break;
                case ConfChangeType.AddLearnerNode:
                    MakeLearner(change.NodeId);
                    break;
                case ConfChangeType.RemoveNode:
                    Remove(change.NodeId);
                    break;
                case ConfChangeType.UpdateNode:
                    break;
                default:
                    Invariant.Broken($"unexpected conf type {(int)change.Type}");
                    break;
            }
        }
        Invariant.That(_config.Voters.Incoming.Count > 0, $"removed all voters");
    }

    private void MakeVoter(ulong id)
    {
        _members = _members.With(id, _members.TryGet(id, out Progress? known) ? known.As(learner: false) : Newcomer(learner: false));
        _config = _config with
        {
            Voters = _config.Voters with { Incoming = _config.Voters.Incoming.With(id) },
            Learners = _config.Learners.Without(id),
            LearnersNext = _config.LearnersNext.Without(id),
        };
    }

    private void MakeLearner(ulong id)
    {
        if (!_members.TryGet(id, out Progress? known))
        {
            _members = _members.With(id, Newcomer(learner: true));
            _config = _config with { Learners = _config.Learners.With(id) };
            return;
        }
        if (known.IsLearner)
            return;
        Remove(id);
        bool votesUntilLeft = _config.Voters.Outgoing.Contains(id);
        _members = _members.With(id, known.As(learner: !votesUntilLeft));
        _config = votesUntilLeft
            ? _config with { LearnersNext = _config.LearnersNext.With(id) }
            : _config with { Learners = _config.Learners.With(id) };
    }

    private void Remove(ulong id)
    {
        if (!_members.TryGet(id, out _))
            return;
        _config = _config with
        {
            Voters = _config.Voters with { Incoming = _config.Voters.Incoming.Without(id) },
            Learners = _config.Learners.Without(id),
            LearnersNext = _config.LearnersNext.Without(id),
        };
        if (!_config.Voters.Outgoing.Contains(id))
            _members = _members.Without(id);
    }

    // Nothing is known of a newcomer's log, so probing starts at the end. It counts as active, or the next check of the quorum could
    // make the leader step down before the newcomer had a chance to answer.
    private Progress Newcomer(bool learner) =>
        new(match: 0, next: Math.Max(lastIndex, 1), learner, limits.NewWindow()) { RecentActive = true };

    private Progress Known(ulong id)
    {
        bool found = _members.TryGet(id, out Progress? progress);
        Invariant.That(found, $"no progress for {id}");
        return progress!;
    }

    private MembershipState Checked()
    {
        foreach (ulong id in _config.Voters.All.Ids)
            Known(id);
        foreach (ulong id in _config.LearnersNext.Ids)
        {
            Invariant.That(_config.Voters.Outgoing.Contains(id), $"{id} is in LearnersNext, but not Voters[1]");
            Invariant.That(!Known(id).IsLearner, $"{id} is in LearnersNext, but is already marked as learner");
        }
        foreach (ulong id in _config.Learners.Ids)
        {
            Invariant.That(!_config.Voters.Outgoing.Contains(id), $"{id} is in Learners and Voters[1]");
            Invariant.That(!_config.Voters.Incoming.Contains(id), $"{id} is in Learners and Voters[0]");
            Invariant.That(Known(id).IsLearner, $"{id} is in Learners, but is not marked as learner");
        }
        Invariant.That(_config.Voters.IsJoint || !_config.AutoLeave, $"AutoLeave must be false when not joint");
        return new(_config, _members);
    }
}
