using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Tests.Models;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests;

/// <summary>The node as its driver sees it.</summary>
public sealed class RaftNodeTests
{
    private readonly MemoryStorage _storage = new();

    [Fact]
    public void A_single_voter_commits_when_its_own_append_has_been_stored()
    {
        RaftNode node = Leader();
        Assert.Equal(StepResult.Accepted, node.Propose(new byte[] { 1 }));
        Ready ready = node.TakeReady();
        Assert.True(ready.Append!.MustSync);
        Assert.Null(ready.Apply);
        ulong index = ready.Append.Entries[0].Index;
        Assert.True(node.Commit < index);
        Store(node, ready.Append);
        Assert.Equal(index, node.Commit);
        Ready next = node.TakeReady();
        Assert.Equal(index, Assert.Single(next.Apply!.Entries).Index);
        Assert.False(next.Append!.MustSync);
        Assert.Equal(index, next.HardState!.Value.Commit);
        Assert.False(node.HasReady);
        Assert.True(node.Applied < index);
        node.Step(next.Apply.Response);
        Assert.Equal(index, node.Applied);
    }

    [Fact]
    public void A_batch_is_one_append_and_one_answer()
    {
        RaftNode node = Leader();
        ReadOnlyMemory<byte>[] batch = [new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 }];
        Assert.Equal(StepResult.Accepted, node.Propose(batch));
        Ready ready = node.TakeReady();
        Assert.Equal([1, 2, 3], ready.Append!.Entries.Select(entry => entry.Data.Span[0]));
        Assert.Equal(2, ready.Append.Responses.Count);
        Store(node, ready.Append);
        Assert.Equal(3, node.TakeReady().Apply!.Entries.Count);
        Assert.Equal(StepResult.Dropped, node.Propose(ReadOnlySpan<ReadOnlyMemory<byte>>.Empty));
    }

    [Fact]
    public void Appends_may_overlap_and_each_is_answered_for_itself()
    {
        RaftNode node = Leader();
        node.Propose(new byte[] { 1 });
        StorageAppend first = node.TakeReady().Append!;
        node.Propose(new byte[] { 2 });
        StorageAppend second = node.TakeReady().Append!;
        Assert.Equal(first.Entries[0].Index + 1, Assert.Single(second.Entries).Index);
        Store(node, first);
        Assert.Equal(first.Entries[0].Index, node.Commit);
        Store(node, second);
        Assert.Equal(second.Entries[0].Index, node.Commit);
    }

    [Fact]
    public void Bootstrap_opens_the_log_with_one_change_per_peer()
    {
        RaftNode node = Node(new RaftOptions { Id = 1 });
        node.Bootstrap([(1, new byte[] { 7 }), (2, default), (3, default)]);
        Ready ready = node.TakeReady();
        Assert.Equal(new HardState(1, 0, 3), ready.HardState);
        Assert.Null(ready.Apply);
        Assert.Equal([1ul, 2, 3], ready.Append!.Entries.Select(entry => RaftCodec.ReadConfChange(entry.Data).NodeId));
        Assert.Null(RaftCodec.ReadConfChange(ready.Append.Entries[0].Data).Id);
        Store(node, ready.Append);
        StorageApply apply = node.TakeReady().Apply!;
        foreach (Entry entry in apply.Entries)
            node.ApplyConfChange(RaftCodec.ReadConfChange(entry.Data).ToV2(), entry.Index);
        Assert.Equal([1ul, 2, 3], node.Status.ConfState.Voters);
        Assert.Throws<InvalidOperationException>(() => node.Bootstrap([(1, default)]));
        Assert.Throws<InvalidOperationException>(() => Node(new RaftOptions { Id = 9 }).Bootstrap([]));
    }

    [Fact]
    public void A_restart_finds_term_vote_and_commit_and_hands_entries_out_again()
    {
        RaftNode node = Leader();
        node.Propose(new byte[] { 1 });
        Drive(node);
        HardState before = node.Status.HardState;
        RaftNode again = Node(new RaftOptions { Id = 1 });
        Assert.Equal(before, again.Status.HardState);
        Assert.Equal(RaftRole.Follower, again.Role);
        Ready ready = again.TakeReady();
        Assert.Null(ready.HardState);
        Assert.Equal(before.Commit, ready.Apply!.Entries[^1].Index);
        RaftNode applied = Node(new RaftOptions { Id = 1, Applied = before.Commit });
        Assert.False(applied.HasReady);
    }

    [Fact]
    public void Options_that_make_no_sense_are_named()
    {
        Refused("cannot use none as id", new RaftOptions { Id = 0 });
        Refused("cannot use local target as id", new RaftOptions { Id = LocalThreads.Append });
        Refused("cannot use local target as id", new RaftOptions { Id = LocalThreads.Apply });
        Refused("heartbeat tick must be greater than 0", new RaftOptions { Id = 1, HeartbeatTicks = 0 });
        Refused("election tick must be greater than heartbeat tick", new RaftOptions { Id = 1, ElectionTicks = 1 });
        Refused("max inflight messages must be greater than 0", new RaftOptions { Id = 1, InflightMessagesMax = 0 });
        Refused("max inflight bytes must be >= max message size", new RaftOptions { Id = 1, InflightBytesMax = 1 });
        Refused(
            "CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased",
            new RaftOptions { Id = 1, CheckQuorum = false, ReadOnlyOption = ReadOnlyOption.LeaseBased });
    }

    [Fact]
    public void What_only_a_member_itself_may_say_is_ignored_from_the_network()
    {
        RaftNode node = Leader();
        HardState before = node.Status.HardState;
        Assert.Equal(StepResult.NotFromHere, node.Step(new ForeignMessage(1, 2, 99, 20)));
        Assert.Equal(StepResult.NotFromHere, node.Step(new AppendEntries(1, 1, 99, 0, 0, [], 0)));
        Assert.Equal(StepResult.NotFromHere, node.Step(new AppendEntries(1, 2, 0, 0, 0, [], 0)));
        Assert.Equal(StepResult.NotFromHere, node.Step(new Heartbeat(1, 1, 99, 0, default)));
        Assert.Equal(StepResult.NotFromHere, node.Step(new TimeoutNow(1, 2, 0)));
        Assert.Equal(StepResult.NotFromHere, node.Step(new VoteRequest(1, 2, 0, false, 9, 9, true)));
        Assert.Equal(StepResult.UnknownPeer, node.Step(new AppendResponse(1, 2, 99, 5)));
        Assert.Equal(StepResult.UnknownPeer, node.Step(new HeartbeatResponse(1, 2, 99, default)));
        Assert.Equal(StepResult.UnknownPeer, node.Step(new VoteResponse(1, 2, 99, false, true)));
        Assert.Equal(StepResult.UnknownPeer, node.Step(new ReadIndexResponse(1, 2, 99, 5, [])));
        Assert.Equal(before, node.Status.HardState);
        Assert.False(node.HasReady);
    }

    [Fact]
    public void Bad_requests_of_peers_are_dropped_without_harm()
    {
        RaftNode node = Leader();
        Assert.Equal(StepResult.Dropped, node.Step(new Proposal(1, 2, [])));
        Assert.Equal(
            StepResult.Dropped, node.Step(new Proposal(1, 2, [new Entry(0, 0, EntryType.ConfChange, new byte[] { 0xff })])));
        Assert.Equal(StepResult.Accepted, node.Step(new ReadIndexRequest(1, 2, [])));
        Assert.False(node.HasReady);
    }

    [Fact]
    public void A_single_voter_that_was_restarted_answers_no_read_before_it_has_committed_again()
    {
        // It had committed entry 3 and acknowledged it, but the commit index that it finds is an older one.
        _storage.ApplySnapshot(new Snapshot(2, 1, new ConfState([1]), default));
        _storage.Append([new Entry(1, 3, EntryType.Normal, new byte[] { 1 })]);
        _storage.SetHardState(new HardState(1, 1, 2));
        RaftNode node = Node(new RaftOptions { Id = 1, PreVote = false });
        node.Campaign();
        Store(node, node.TakeReady().Append!);
        Assert.Equal(RaftRole.Leader, node.Role);
        node.ReadIndex(new byte[] { 7 });
        Ready ready = node.TakeReady();
        Assert.Empty(ready.ReadStates);
        Store(node, ready.Append!);
        ReadState answer = Assert.Single(node.TakeReady().ReadStates);
        Assert.Equal((4ul, 7), (answer.Index, answer.Context.Span[0]));
    }

    [Fact]
    public void An_echo_that_is_too_short_or_too_high_confirms_no_read()
    {
        RaftNode node = LeaderOfThree();
        node.ReadIndex(new byte[] { 1 });
        node.TakeReady();
        node.Step(new HeartbeatResponse(1, 2, node.Term, new byte[] { 1, 2, 3 }));
        node.Step(new HeartbeatResponse(1, 2, node.Term, new byte[] { 9, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Empty(node.TakeReady().ReadStates);
        node.Step(new HeartbeatResponse(1, 2, node.Term, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Equal(1, Assert.Single(node.TakeReady().ReadStates).Context.Span[0]);
    }

    [Fact]
    public void A_leader_that_claims_more_than_this_member_holds_stops_it()
    {
        RaftNode node = LeaderOfThree();
        Assert.Throws<InvariantException>(() => node.Step(new Heartbeat(1, 2, node.Term + 1, 1000, default)));
    }

    [Fact]
    public void A_change_that_a_restored_snapshot_contains_is_not_carried_out_again()
    {
        RaftNode node = LeaderOfThree();
        node.Step(new InstallSnapshot(1, 2, node.Term + 1, new Snapshot(50, node.Term, new ConfState([1, 2]), default)));
        Assert.Equal([1ul, 2], node.Status.ConfState.Voters);
        var change = new ConfChangeV2(null, [new ConfChangeSingle(ConfChangeType.AddNode, 3)], default);
        Assert.Equal([1ul, 2], node.ApplyConfChange(change, 50).Voters);
        Assert.Equal([1ul, 2, 3], node.ApplyConfChange(change, 51).Voters);
    }

    [Fact]
    public void A_snapshot_and_the_entries_behind_it_may_come_in_one_append()
    {
        RaftNode node = LeaderOfThree();
        ulong term = node.Term + 1;
        node.Step(new InstallSnapshot(1, 2, term, new Snapshot(50, term, new ConfState([1, 2]), default)));
        node.Step(new AppendEntries(1, 2, term, term, 50, [new Entry(term, 51, EntryType.Normal, default)], 51));
        Ready ready = node.TakeReady();
        Assert.Null(ready.Apply);
        Assert.Equal(50ul, ready.Append!.Snapshot!.Index);
        Assert.Equal(51ul, Assert.Single(ready.Append.Entries).Index);
        Assert.Equal(51ul, ready.Append.HardState!.Value.Commit);
        Store(node, ready.Append);
        Assert.Equal(50ul, node.Applied);
        Assert.Equal(51ul, Assert.Single(node.TakeReady().Apply!.Entries).Index);
    }

    [Fact]
    public void A_quiet_node_has_nothing_to_do()
    {
        RaftNode node = Leader();
        Assert.False(node.HasReady);
        Ready ready = node.TakeReady();
        Assert.Null(ready.SoftState);
        Assert.Null(ready.HardState);
        Assert.Null(ready.Append);
        Assert.Null(ready.Apply);
        Assert.Empty(ready.Messages);
        Assert.Empty(ready.ReadStates);
    }

    [Fact]
    public void A_follower_campaigns_between_one_and_two_election_timeouts()
    {
        _storage.ApplySnapshot(new Snapshot(2, 1, new ConfState([1, 2, 3]), default));
        for (ulong seed = 0; seed < 50; seed++)
        {
            var node = new RaftNode(
                new RaftOptions { Id = 1, PreVote = false }, _storage, new SeededRandom(seed), SilentLog.Instance);
            int ticks = 0;
            for (; node.Role == RaftRole.Follower; ticks++)
                node.Tick();
            Assert.InRange(ticks, 10, 19);
        }
    }

    private static void Refused(string message, RaftOptions options)
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(
            () => new RaftNode(options, new MemoryStorage(), new SeededRandom(1), SilentLog.Instance));
        Assert.Equal(message, failure.Message);
    }

    private RaftNode Node(RaftOptions options) => new(options, _storage, new SeededRandom(1), SilentLog.Instance);

    private RaftNode Leader()
    {
        _storage.ApplySnapshot(new Snapshot(2, 1, new ConfState([1]), default));
        RaftNode node = Node(new RaftOptions { Id = 1 });
        node.Campaign();
        Drive(node);
        Assert.Equal(RaftRole.Leader, node.Role);
        return node;
    }

    private RaftNode LeaderOfThree()
    {
        _storage.ApplySnapshot(new Snapshot(2, 1, new ConfState([1, 2, 3]), default));
        RaftNode node = Node(new RaftOptions { Id = 1, PreVote = false });
        node.Campaign();
        Drive(node);
        node.Step(new VoteResponse(1, 2, node.Term, PreVote: false, Reject: false));
        Drive(node);
        node.Step(new AppendResponse(1, 2, node.Term, node.LastIndex));
        Drive(node);
        Assert.Equal((RaftRole.Leader, node.LastIndex), (node.Role, node.Commit));
        return node;
    }

    private void Drive(RaftNode node)
    {
        while (node.HasReady)
        {
            Ready ready = node.TakeReady();
            if (ready.Append is { } append)
                Store(node, append);
            if (ready.Apply is { } apply)
                node.Step(apply.Response);
        }
    }

    private void Store(RaftNode node, StorageAppend append)
    {
        if (append.Snapshot is { } snapshot)
            _storage.ApplySnapshot(snapshot);
        _storage.Append(append.Entries);
        if (append.HardState is { } state)
            _storage.SetHardState(state);
        foreach (Message response in append.Responses)
        {
            if (response.To == node.Id)
                node.Step(response);
        }
    }
}
