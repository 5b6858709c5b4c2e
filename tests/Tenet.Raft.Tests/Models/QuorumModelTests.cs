using Tenet.Foundation.Randomness;
using Tenet.Raft.Quorum;

namespace Tenet.Raft.Tests.Models;

/// <summary>Quorum arithmetic against counting.</summary>
public sealed class QuorumModelTests
{
    private readonly SeededRandom _random = new(31);

    [Fact]
    public void The_committed_index_is_the_highest_one_that_majorities_of_both_sets_have()
    {
        for (int round = 0; round < 20000; round++)
        {
            (ulong[] incoming, ulong[] outgoing) = (Ids(), Ids());
            var acknowledged = new Dictionary<ulong, ulong>();
            foreach (ulong id in incoming.Concat(outgoing).Where(_ => _random.Chance(0.8)))
                acknowledged[id] = (ulong)_random.Next(6);
            var voters = new JointVoters(MemberSet.Of(incoming), MemberSet.Of(outgoing));

            ulong expected = incoming.Length + outgoing.Length == 0 ? ulong.MaxValue : 0;
            for (ulong index = 1; index < 7 && expected != ulong.MaxValue; index++)
            {
                if (HasMajority(incoming, id => acknowledged.GetValueOrDefault(id) >= index)
                    && HasMajority(outgoing, id => acknowledged.GetValueOrDefault(id) >= index))
                {
                    expected = index;
                }
            }
            Assert.Equal(expected, voters.CommittedIndex(new Acknowledged(acknowledged)));
        }
    }

    [Fact]
    public void An_election_is_won_or_lost_when_no_further_vote_can_change_it()
    {
        for (int round = 0; round < 5000; round++)
        {
            (ulong[] incoming, ulong[] outgoing) = (Ids(), Ids());
            ulong[] all = [.. incoming.Union(outgoing)];
            var votes = new Dictionary<ulong, bool>();
            foreach (ulong id in all.Where(_ => _random.Chance(0.6)))
                votes[id] = _random.Chance(0.5);
            bool CanEnd(bool rest) =>
                HasMajority(incoming, id => votes.GetValueOrDefault(id, rest))
                && HasMajority(outgoing, id => votes.GetValueOrDefault(id, rest));

            VoteResult expected = CanEnd(rest: false) ? VoteResult.Won : CanEnd(rest: true) ? VoteResult.Pending : VoteResult.Lost;
            var voters = new JointVoters(MemberSet.Of(incoming), MemberSet.Of(outgoing));
            Assert.Equal(expected, voters.Vote(new Ballots(votes)));
        }
    }

    [Fact]
    public void A_member_set_behaves_like_a_sorted_set()
    {
        MemberSet set = MemberSet.Empty;
        SortedSet<ulong> model = [];
        for (int round = 0; round < 5000; round++)
        {
            ulong id = (ulong)_random.Next(12);
            if (_random.Chance(0.5))
            {
                set = set.With(id);
                model.Add(id);
            }
            else
            {
                set = set.Without(id);
                model.Remove(id);
            }
            Assert.Equal(model, set);
            Assert.Equal(model.Contains(id), set.Contains(id));
            MemberSet other = MemberSet.Of(Ids());
            Assert.Equal(model.Union(other).Order(), set.Union(other));
            Assert.Equal(model.Except(other).Count() + other.Except(model).Count(), set.Difference(other));
        }
    }

    private ulong[] Ids()
    {
        SortedSet<ulong> ids = [];
        for (int i = _random.Next(8); i > 0; i--)
            ids.Add((ulong)_random.Next(1, 10));
        return [.. ids];
    }

    private static bool HasMajority(ulong[] voters, Func<ulong, bool> agrees) =>
        voters.Length == 0 || voters.Count(agrees) > voters.Length / 2;

    private sealed class Acknowledged(Dictionary<ulong, ulong> indexes) : IAcknowledgements
    {
        public ulong Of(ulong voter) => indexes.GetValueOrDefault(voter);
    }

    private sealed class Ballots(Dictionary<ulong, bool> votes) : IBallots
    {
        public bool? Of(ulong voter) => votes.TryGetValue(voter, out bool vote) ? vote : null;
    }
}
