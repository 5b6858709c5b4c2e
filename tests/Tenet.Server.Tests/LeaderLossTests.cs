using Tenet.Foundation.Randomness;
using Tenet.Raft;
using Tenet.Server.Leadership;

namespace Tenet.Server.Tests;

/// <summary>What followers do when they are told that a member's process has ended.</summary>
public sealed class LeaderLossTests
{
    private const long Heartbeat = 100;

    [Fact]
    public void Followers_that_know_of_their_leaders_end_elect_another_one_without_a_tick()
    {
        var cluster = new Trio();
        ulong term = cluster.Nodes[0].Term;
        cluster.Dead = 1;

        cluster.TellGone(1, members: [2, 3]);
        cluster.RunUntil(Heartbeat);

        Assert.Equal(RaftRole.Leader, cluster.Nodes[1].Role);
        Assert.Equal(2UL, cluster.Nodes[2].Lead);
        Assert.Equal(term + 1, cluster.Nodes[2].Term);
    }

    [Fact]
    public void The_next_asks_if_the_first_does_not_know()
    {
        var cluster = new Trio(size: 5);
        cluster.Dead = 1;
        cluster.TellGone(1, members: [3, 4, 5]);
        cluster.RunUntil(2 * Heartbeat);
        Assert.Equal(RaftRole.Leader, cluster.Nodes[2].Role);
    }

    [Fact]
    public void One_that_campaigned_before_the_others_knew_votes_for_the_next()
    {
        var cluster = new Trio();
        cluster.Dead = 1;
        cluster.TellGone(1, members: [2]);
        cluster.RunUntil(Heartbeat);
        Assert.NotEqual(RaftRole.Leader, cluster.Nodes[1].Role);

        cluster.TellGone(1, members: [3]);
        cluster.RunUntil(3 * Heartbeat);
        Assert.Equal(RaftRole.Leader, cluster.Nodes[2].Role);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_mistake_costs_a_living_leader_nothing(ulong mistaken)
    {
        var cluster = new Trio();
        ulong term = cluster.Nodes[0].Term;

        cluster.TellGone(1, members: [mistaken]);
        cluster.RunUntil(3 * Heartbeat);
        Assert.Equal(0UL, cluster.Nodes[(int)mistaken - 1].Lead);
        cluster.Nodes[0].Tick();
        cluster.Deliver();

        Assert.Equal(RaftRole.Leader, cluster.Nodes[0].Role);
        Assert.All(cluster.Nodes, node => Assert.Equal((1UL, term), (node.Lead, node.Term)));
    }

    [Fact]
    public void A_mistake_of_all_that_the_leader_contradicts_in_time_costs_nothing_either()
    {
        var cluster = new Trio();
        ulong term = cluster.Nodes[0].Term;

        cluster.TellGone(1, members: [2, 3]);
        cluster.Nodes[0].Tick();
        cluster.Deliver();
        cluster.RunUntil(3 * Heartbeat);

        Assert.All(cluster.Nodes, node => Assert.Equal((1UL, term), (node.Lead, node.Term)));
    }

    [Fact]
    public void Without_pre_votes_and_for_others_than_the_leader_nothing_happens()
    {
        var cluster = new Trio(preVote: false);
        cluster.TellGone(1, members: [2, 3]);
        Assert.Equal(1UL, cluster.Nodes[1].Lead);

        cluster = new Trio();
        cluster.TellGone(3, members: [1, 2]);
        cluster.RunUntil(3 * Heartbeat);
        Assert.Equal((RaftRole.Leader, 1UL), (cluster.Nodes[0].Role, cluster.Nodes[1].Lead));
    }

    /// <summary>Members 1, 2, 3 and so on in memory, of which the first leads; a message takes no time, and a write neither.</summary>
    private sealed class Trio
    {
        private readonly MemoryStorage[] _storages;
        private readonly LeaderLoss[] _losses;
        private readonly ulong[] _voters;

        public Trio(bool preVote = true, int size = 3)
        {
            _voters = [.. Enumerable.Range(1, size).Select(static id => (ulong)id)];
            _storages = [.. _voters.Select(_ => Storage(_voters))];
            Nodes = [.. _voters.Select(id => new RaftNode(new RaftOptions { Id = id, PreVote = preVote }, _storages[id - 1], new SeededRandom(id), new Silence()))];
            _losses = [.. Nodes.Select(node => new LeaderLoss(node, preVote, Heartbeat))];
            Nodes[0].Campaign();
            Deliver();
            Assert.All(Nodes, node => Assert.Equal(1UL, node.Lead));
        }

        public RaftNode[] Nodes { get; }

        /// <summary>Receives and sends nothing.</summary>
        public ulong Dead { get; set; }

        public void TellGone(ulong gone, ulong[] members)
        {
            foreach (ulong member in members)
                _losses[member - 1].OnGone(gone, _voters, now: 0);
        }

        public void RunUntil(long end)
        {
            for (long now = 0; now <= end; now++)
            {
                foreach (LeaderLoss loss in _losses)
                    loss.Run(now);
                Deliver();
            }
        }

        public void Deliver()
        {
            while (Nodes.FirstOrDefault(node => node.Id != Dead && node.HasReady) is { } node)
            {
                Ready ready = node.TakeReady();
                List<Message> messages = [.. ready.Messages];
                if (ready.Append is { } append)
                {
                    MemoryStorage storage = _storages[node.Id - 1];
                    if (append.HardState is { } hardState)
                        storage.SetHardState(hardState);
                    storage.Append(append.Entries);
                    messages.AddRange(append.Responses);
                }

                if (ready.Apply is { } apply)
                    messages.Add(apply.Response);
                foreach (Message message in messages)
                {
                    if (message.To != Dead)
                        Nodes[message.To - 1].Step(message);
                }
            }
        }

        private static MemoryStorage Storage(ulong[] voters)
        {
            var storage = new MemoryStorage();
            storage.ApplySnapshot(new Snapshot(1, 1, new ConfState(voters, []), default));
            return storage;
        }
    }

    private sealed class Silence : IRaftLog
    {
        public void Write(RaftLogLevel level, string line)
        {
            // Not what is tested.
        }
    }
}
