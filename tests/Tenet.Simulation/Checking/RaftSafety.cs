using System.Diagnostics.CodeAnalysis;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Raft;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Raft's five safety properties over all members, looked at after every turn, and that no member goes back on its word: a vote, or that
/// it holds an entry (contract/consensus.md, 2). Work is done for what changed only: the five properties are all shown by induction.
/// </summary>
internal sealed class RaftSafety(Func<TimeSpan> now)
{
    private readonly Dictionary<ulong, ulong> _leaders = [];
    private readonly Dictionary<(ulong Index, ulong Term), (ulong Hash, ulong TermBefore)> _entries = [];
    private readonly Dictionary<(ulong Member, ulong Term), ulong> _votes = [];
    private readonly Dictionary<ulong, LogView> _views = [];

    // By index from 1: the entry's term, and the term of the member that was seen to know first that it is committed.
    private readonly List<(ulong Term, ulong KnownIn)> _committed = [];
    private readonly List<(ulong Term, ulong Hash)> _applied = [];

    /// <summary>When a member was last seen to begin to lead.</summary>
    public TimeSpan LastElection { get; private set; }

    /// <summary>A member has been opened and has not run yet.</summary>
    public void Started(IMemberProbe member)
    {
        if (!_views.TryGetValue(member.Id, out LogView? view))
            _views.Add(member.Id, view = new LogView());
        else
            CheckRecovered(member, view);
        view.Life = member.Life;
        view.Term = member.Term;
        view.Commit = 0;
        view.LeadsIn = 0;
        view.LastApplied = 0;
        AfterTurn(member);
    }

    /// <summary>One turn of this member has run.</summary>
    public void AfterTurn(IMemberProbe member)
    {
        LogView view = _views[member.Id];
        if (member.Term < view.Term)
            Fail(CheckerNames.KeptPromises, $"member {member.Id:x} went from term {view.Term} back to {member.Term}");
        view.Term = member.Term;
        FollowLog(member, view);
        FollowCommit(member, view);
        FollowRole(member, view);
    }

    /// <summary>A member hands a message to the network.</summary>
    public void Sent(Message message)
    {
        switch (message)
        {
            // A request for votes promises nothing yet: the candidate's own vote counts only once it is durable.
            case VoteResponse { PreVote: false, Reject: false } response:
                Vote(response.From, response.Term, response.To);
                break;
            case AppendResponse { Reject: false, OnlyTerm: false } response when _views.TryGetValue(response.From, out LogView? view):
                view.PromisedTerm = Math.Max(view.PromisedTerm, response.Term);
                if (response.Index > view.PromisedIndex && response.Index <= view.Last)
                    view.PromisedIndex = response.Index;
                break;
            case AppendEntries or Heartbeat:
                Leads(message.From, message.Term);
                break;
        }
    }

    /// <summary>A member is about to apply an entry.</summary>
    public void Applying(ulong member, int life, in Entry entry)
    {
        LogView view = _views[member];
        Invariant.That(view.Life == life, $"member {member:x} applies in its life {life}, but has begun another");
        if (view.LastApplied != 0 && entry.Index != view.LastApplied + 1)
            Fail(CheckerNames.StateMachineSafety, $"member {member:x} applies entry {entry.Index} after {view.LastApplied}");
        view.LastApplied = entry.Index;
        ulong hash = Hash(entry);
        if (_entries.TryGetValue((entry.Index, entry.Term), out (ulong Hash, ulong TermBefore) appended) && appended.Hash != hash)
            Fail(CheckerNames.StateMachineSafety, $"member {member:x} applies something else at {entry.Index} than what was appended in term {entry.Term}");
        if (entry.Index > (ulong)_applied.Count)
        {
            while ((ulong)_applied.Count < entry.Index - 1)
                _applied.Add(default);
            _applied.Add((entry.Term, hash));
        }

        (ulong Term, ulong Hash) first = _applied[(int)entry.Index - 1];
        if (first == default)
            _applied[(int)entry.Index - 1] = (entry.Term, hash);
        else if (first != (entry.Term, hash))
            Fail(CheckerNames.StateMachineSafety, $"member {member:x} applies at {entry.Index} an entry of term {entry.Term}, others one of term {first.Term} or of another content");
    }

    /// <summary>A member replaces its state by a leader's snapshot.</summary>
    public void Installing(ulong member, ulong index) => _views[member].LastApplied = index;

    private void CheckRecovered(IMemberProbe member, LogView view)
    {
        string name = $"member {member.Id:x} was restarted and";
        if (member.Term < view.PromisedTerm)
            Fail(CheckerNames.KeptPromises, $"{name} is in term {member.Term}, but had spoken in term {view.PromisedTerm}");
        if (_votes.TryGetValue((member.Id, member.Term), out ulong vote) && member.Vote != vote)
            Fail(CheckerNames.KeptPromises, $"{name} has given its vote in term {member.Term} to {member.Vote:x}, but had given it to {vote:x}");
        ulong promised = view.PromisedIndex;
        if (member.LastIndex < promised)
            Fail(CheckerNames.KeptPromises, $"{name} has entries up to {member.LastIndex}, but had acknowledged {promised}");
        if (promised >= view.Base && promised + 1 >= member.FirstIndex && member.TermAt(promised) != view.TermAt(promised))
        {
            Fail(
                CheckerNames.KeptPromises,
                $"{name} has an entry of term {member.TermAt(promised)} at {promised}, but had acknowledged one of term {view.TermAt(promised)}");
        }
    }

    private void Vote(ulong voter, ulong term, ulong candidate)
    {
        if (_votes.TryGetValue((voter, term), out ulong before) && before != candidate)
            Fail(CheckerNames.KeptPromises, $"member {voter:x} votes in term {term} for {candidate:x} after {before:x}");
        _votes[(voter, term)] = candidate;
        if (_views.TryGetValue(voter, out LogView? view))
            view.PromisedTerm = Math.Max(view.PromisedTerm, term);
    }

    private void Leads(ulong member, ulong term)
    {
        if (_leaders.TryGetValue(term, out ulong other))
        {
            if (other != member)
                Fail(CheckerNames.ElectionSafety, $"members {other:x} and {member:x} both lead in term {term}");
            return;
        }

        _leaders.Add(term, member);
        LastElection = now();
    }

    private void FollowLog(IMemberProbe member, LogView view)
    {
        ulong first = member.FirstIndex;
        ulong last = member.LastIndex;
        if (first - 1 > view.Last)
        {
            view.Reset(first - 1, member.TermAt(first - 1));
        }
        else if (first > view.Base && member.TermAt(first - 1) != view.TermAt(first - 1))
        {
            // A snapshot that conflicts with what followed it here.
            view.PromisedIndex = Math.Min(view.PromisedIndex, first - 1);
            view.Reset(first - 1, member.TermAt(first - 1));
        }

        ulong common = Math.Min(last, view.Last);
        while (common >= first && common >= view.Base && member.TermAt(common) != view.TermAt(common))
            common--;
        if (common < view.Last)
        {
            if (view.LeadsIn != 0 && view.LeadsIn == member.Term && member.Role == RaftRole.Leader)
                Fail(CheckerNames.LeaderAppendOnly, $"leader {member.Id:x} of term {member.Term} replaced entries after {common}");
            view.PromisedIndex = Math.Min(view.PromisedIndex, common);
            if (common >= view.Base)
            {
                view.Truncate(common);
            }
            else
            {
                // A snapshot that was taken over and went with the power before it was durable: the log is the older one again, all of which
                // has to be looked at anew, because the view has forgotten it.
                common = first - 1;
                view.Reset(common, member.TermAt(common));
            }
        }

        for (ulong index = common + 1; index <= last; index++)
            FollowEntry(member, view, index);
    }

    private void FollowEntry(IMemberProbe member, LogView view, ulong index)
    {
        Entry entry = member.EntryAt(index);
        (ulong Hash, ulong TermBefore) content = (Hash(entry), view.TermAt(index - 1));
        if (_entries.TryGetValue((index, entry.Term), out (ulong Hash, ulong TermBefore) known))
        {
            if (known != content)
            {
                Fail(
                    CheckerNames.LogMatching,
                    $"entry {index} of term {entry.Term} on member {member.Id:x} has another content or follows another term ({content.TermBefore}) than elsewhere ({known.TermBefore})");
            }
        }
        else
        {
            _entries.Add((index, entry.Term), content);
        }

        view.Append(entry.Term);
    }

    private void FollowCommit(IMemberProbe member, LogView view)
    {
        ulong commit = member.Commit;
        if (commit < view.Commit)
            Fail(CheckerNames.StateMachineSafety, $"member {member.Id:x} went from commit index {view.Commit} back to {commit}");
        if (commit == view.Commit)
            return;
        view.Commit = commit;
        for (ulong index = (ulong)_committed.Count + 1; index <= commit; index++)
            _committed.Add((index >= view.Base ? view.TermAt(index) : 0, member.Term));

        // One place is enough: the logs match before it.
        ulong known = _committed[(int)commit - 1].Term;
        if (known != 0 && view.TermAt(commit) != known)
        {
            Fail(
                CheckerNames.StateMachineSafety,
                $"member {member.Id:x} holds entry {commit} of term {view.TermAt(commit)} for committed, another member one of term {known}");
        }
    }

    private void FollowRole(IMemberProbe member, LogView view)
    {
        if (member.Role != RaftRole.Leader)
        {
            view.LeadsIn = 0;
            return;
        }

        if (view.LeadsIn == member.Term)
            return;
        view.LeadsIn = member.Term;
        Leads(member.Id, member.Term);

        // What was committed in this term was committed by this leader; before it, its log must have everything.
        int last = _committed.Count;
        while (last > 0 && _committed[last - 1].KnownIn >= member.Term)
            last--;
        ulong index = (ulong)last;
        if (index == 0 || _committed[last - 1].Term == 0 || index < view.Base)
            return;
        if (index > view.Last || view.TermAt(index) != _committed[last - 1].Term)
        {
            Fail(
                CheckerNames.LeaderCompleteness,
                $"leader {member.Id:x} of term {member.Term} lacks entry {index} of term {_committed[last - 1].Term}, which is committed");
        }
    }

    private static ulong Hash(in Entry entry) => Fnv1a64.Compute(entry.Data.Span) * 31 + (ulong)entry.Type;

    [DoesNotReturn]
    private static void Fail(string checker, string message) => throw new CheckFailedException(new Violation(checker, message));
}
