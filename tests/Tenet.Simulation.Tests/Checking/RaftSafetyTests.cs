using Tenet.Raft;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

public sealed class RaftSafetyTests
{
    private readonly RaftSafety _safety = new(static () => default);
    private readonly FakeMember _a = new(1);
    private readonly FakeMember _b = new(2);

    [Fact]
    public void A_log_that_grows_is_cut_and_is_overwritten_by_a_later_leader_is_accepted()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 1, 2));
        _safety.AfterTurn(_b.With(1, 1, 1));
        _b.Term = 2;
        _safety.AfterTurn(_b.With(1, 1, 2));
        _b.Commit = 3;
        _safety.AfterTurn(_b);
    }

    [Fact]
    public void Two_leaders_in_one_term_are_found()
    {
        Start();
        _a.Role = RaftRole.Leader;
        _safety.AfterTurn(_a);
        _b.Role = RaftRole.Leader;
        AssertFound(CheckerNames.ElectionSafety, () => _safety.AfterTurn(_b));
    }

    [Fact]
    public void A_leader_that_replaces_an_entry_is_found()
    {
        Start();
        _a.Role = RaftRole.Leader;
        _safety.AfterTurn(_a.With(1, 1));
        AssertFound(CheckerNames.LeaderAppendOnly, () => _safety.AfterTurn(_a.With(1)));
    }

    [Fact]
    public void One_entry_with_two_contents_is_found()
    {
        Start();
        _safety.AfterTurn(_a.With(1));
        _b.With(1);
        _b.Log[0] = _b.Log[0] with { Data = new byte[] { 9 } };
        AssertFound(CheckerNames.LogMatching, () => _safety.AfterTurn(_b));
    }

    [Fact]
    public void Logs_that_part_before_a_common_entry_are_found()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 3));
        AssertFound(CheckerNames.LogMatching, () => _safety.AfterTurn(_b.With(2, 3)));
    }

    [Fact]
    public void A_leader_without_a_committed_entry_is_found()
    {
        Start();
        _a.Commit = 2;
        _safety.AfterTurn(_a.With(1, 1));
        _b.Term = 2;
        _b.Role = RaftRole.Leader;
        AssertFound(CheckerNames.LeaderCompleteness, () => _safety.AfterTurn(_b.With(1)));
    }

    [Fact]
    public void Two_committed_entries_at_one_index_are_found()
    {
        Start();
        _a.Commit = 1;
        _safety.AfterTurn(_a.With(1));
        _b.Commit = 1;
        AssertFound(CheckerNames.StateMachineSafety, () => _safety.AfterTurn(_b.With(2)));
    }

    [Fact]
    public void Entries_applied_out_of_order_or_with_another_content_are_found()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 1, 1));
        _safety.Applying(1, 0, _a.Log[0]);
        AssertFound(CheckerNames.StateMachineSafety, () => _safety.Applying(1, 0, _a.Log[2]));
        AssertFound(CheckerNames.StateMachineSafety, () => _safety.Applying(2, 0, _a.Log[0] with { Data = new byte[] { 9 } }));
    }

    [Fact]
    public void A_second_vote_in_a_term_is_found_also_after_a_restart()
    {
        Start();
        _safety.Sent(new VoteResponse(2, 1, 5, PreVote: false, Reject: false));
        _safety.Sent(new VoteResponse(3, 1, 5, PreVote: true, Reject: false));
        AssertFound(CheckerNames.KeptPromises, () => _safety.Sent(new VoteResponse(3, 1, 5, PreVote: false, Reject: false)));
        _a.Term = 4;
        _a.Life = 1;
        AssertFound(CheckerNames.KeptPromises, () => _safety.Started(_a));
    }

    [Fact]
    public void A_vote_that_a_restart_forgot_is_found()
    {
        Start();
        _safety.Sent(new VoteResponse(2, 1, 5, PreVote: false, Reject: false));
        _a.Term = 5;
        _a.Life = 1;
        AssertFound(CheckerNames.KeptPromises, () => _safety.Started(_a));
    }

    [Fact]
    public void An_acknowledged_entry_that_is_gone_after_a_restart_is_found()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 1, 1));
        _safety.Sent(new AppendResponse(2, 1, 1, 2));
        _a.Life = 1;
        _safety.Started(_a.With(1, 1));
        _a.Life = 2;
        AssertFound(CheckerNames.KeptPromises, () => _safety.Started(_a.With(1)));
    }

    [Fact]
    public void An_acknowledged_entry_that_a_later_leader_replaced_is_no_promise_any_more()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 1, 1));
        _safety.Sent(new AppendResponse(2, 1, 1, 3));
        _a.Term = 2;
        _safety.AfterTurn(_a.With(1, 2));
        _a.Life = 1;
        _safety.Started(_a.With(1));
    }

    [Fact]
    public void A_snapshot_that_a_power_cut_took_back_is_no_violation_and_the_older_log_is_looked_at_again()
    {
        Start();
        _a.Commit = 2;
        _safety.AfterTurn(_a.With(1, 1, 1));
        Jump(_a, behind: 10, term: 1);
        _a.Commit = 10;
        _safety.AfterTurn(_a);

        Jump(_a, behind: 0, term: 0);
        _a.Commit = 2;
        _a.Life = 1;
        _safety.Started(_a.With(1, 1, 1));
        _a.Commit = 3;
        _safety.AfterTurn(_a);

        Jump(_a, behind: 10, term: 1);
        _a.Commit = 10;
        _safety.AfterTurn(_a);
        Jump(_a, behind: 0, term: 0);
        _a.Commit = 0;
        _a.Life = 2;
        AssertFound(CheckerNames.LogMatching, () => _safety.Started(_a.With(2, 1)));
    }

    [Fact]
    public void An_acknowledged_snapshot_that_is_gone_after_a_restart_is_found()
    {
        Start();
        _safety.AfterTurn(_a.With(1, 1));
        Jump(_a, behind: 10, term: 1);
        _a.Commit = 10;
        _safety.AfterTurn(_a);
        _safety.Sent(new AppendResponse(2, 1, 1, 10));
        Jump(_a, behind: 0, term: 0);
        _a.Commit = 2;
        _a.Life = 1;
        AssertFound(CheckerNames.KeptPromises, () => _safety.Started(_a.With(1, 1)));
    }

    private static void Jump(FakeMember member, ulong behind, ulong term)
    {
        member.FirstIndex = behind + 1;
        member.TermBefore = term;
        member.Log.Clear();
    }

    private static void AssertFound(string checker, Action action) =>
        Assert.Equal(checker, Assert.Throws<CheckFailedException>(action).Violation.Checker);

    private void Start()
    {
        _safety.Started(_a);
        _safety.Started(_b);
    }
}
