using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Log;
using Tenet.Raft.Membership;
using Tenet.Raft.Roles;
using Tenet.Raft.Tracking;

namespace Tenet.Raft;

/// <summary>
/// What a member is regardless of its role, the transitions between roles, and the gate that compares terms (contract/consensus.md, 1.4 and
/// 1.5). It produces messages, entries and marks in the log; when they are taken out and stored is the business of its driver.
/// </summary>
internal sealed class RaftCore
{
    private readonly SeededRandom _random;
    private readonly IRaftLog _lines;
    private ulong _restoredIndex;

    public RaftCore(RaftOptions options, IRaftStorage storage, SeededRandom random, IRaftLog lines)
    {
        options.Validate();
        Options = options;
        _random = random;
        _lines = lines;
        Limits = new InflightLimits(options.InflightMessagesMax, options.InflightBytesMax);
        Log = new EntryLog(storage, options.ApplyingBytesMax == 0 ? options.MessageBytesMax : options.ApplyingBytesMax, lines);
        Role = new Follower(this);
        ulong lastIndex = Log.LastIndex;
        ulong lastTerm = Log.LastTerm;
        (HardState hardState, ConfState confState) = storage.InitialState;
        SwitchTo(MembershipChanger.Restore(confState, lastIndex, Limits));
        if (!hardState.IsEmpty)
        {
            Log.LoadCommitted(Id, hardState.Commit);
            Term = hardState.Term;
            Vote = hardState.Vote;
        }
        if (options.Applied > 0)
            Log.AppliedTo(options.Applied, 0);
        BecomeFollower(Term, 0);
        Info(
            $"newRaft {Id:x} [peers: [{PeerList()}], term: {Term}, commit: {Log.Committed}, applied: {Log.Applied}, "
            + $"lastindex: {lastIndex}, lastterm: {lastTerm}]");
    }

    public RaftOptions Options { get; }

    public ulong Id => Options.Id;

    public ulong Term { get; private set; }

    /// <summary>Whom this member voted for in the present term, 0 for nobody.</summary>
    public ulong Vote { get; private set; }

    public ulong Lead { get; set; }

    public Role Role { get; private set; }

    public EntryLog Log { get; }

    public Outbox Outbox { get; } = new();

    public InflightLimits Limits { get; }

    public MembershipState Membership { get; private set; } = MembershipState.Empty;

    public MembershipConfig Config => Membership.Config;

    public ProgressMap Members => Membership.Members;

    /// <summary>Ticks since the leader was heard of; on a leader, since it last looked after its quorum.</summary>
    public int ElectionElapsed { get; set; }

    /// <summary>Drawn anew with every change of role or term, so that members do not campaign at the same time again and again.</summary>
    public int RandomizedElectionTimeout { get; set; }

    public HardState HardState => new(Term, Vote, Log.Committed);

    public SoftState SoftState => new(Lead, Role.Kind);

    /// <summary>Whether this member may lead: it is a voter, and what it holds is all its own.</summary>
    public bool IsPromotable => Members.TryGet(Id, out Progress? self) && !self.IsLearner && !Log.HasUnstableSnapshot;

    public void Debug(string line) => _lines.Write(RaftLogLevel.Debug, line);

    public void Info(string line) => _lines.Write(RaftLogLevel.Info, line);

    public void Warn(string line) => _lines.Write(RaftLogLevel.Warning, line);

    public void Error(string line) => _lines.Write(RaftLogLevel.Error, line);

    /// <summary>A message for a peer that promises nothing about storage.</summary>
    public void Send(Message message)
    {
        Invariant.That(message.To != Id, $"message should not be self-addressed when sending {message.Type}");
        Outbox.Add(message);
    }

    /// <summary>
    /// A message, maybe to this member itself, that promises what is in the log or in the hard state by now, so it waits until that is
    /// durable.
    /// </summary>
    public void SendAfterAppend(Message message) => Outbox.AddAfterAppend(message);

    /// <summary>Takes a message in.</summary>
    public StepResult Step(Message message)
    {
        if (message.Term != 0 && message.Term != Term && !PassTermGate(message))
            return StepResult.Accepted;
        switch (message)
        {
            case StorageAppendResponse response:
                OnStored(response);
                return StepResult.Accepted;
            case StorageApplyResponse response:
                OnApplied(response);
                return StepResult.Accepted;
            case VoteRequest request:
                OnVoteRequest(request);
                return StepResult.Accepted;
            default:
                return Role.Step(message);
        }
    }

    /// <summary>Campaigns if this member may.</summary>
    public void Campaign() => Campaign(Options.PreVote ? CampaignKind.PreElection : CampaignKind.Election);

    /// <summary>Campaigns if this member may.</summary>
    public void Campaign(CampaignKind kind)
    {
        if (Role is Leader)
        {
            Debug($"{Id:x} ignoring MsgHup because already leader");
        }
        else if (!IsPromotable)
        {
            Warn($"{Id:x} is unpromotable and can not campaign");
        }
        else if (Log.HasUnappliedConfChange())
        {
            Warn($"{Id:x} cannot campaign at term {Term} since there are still pending configuration changes to apply");
        }
        else
        {
            Info($"{Id:x} is starting a new election at term {Term}");
            StartCampaign(kind);
        }
    }

    /// <summary>Asks every voter, this member first of all through storage: an own vote counts when it is durable.</summary>
    public void StartCampaign(CampaignKind kind)
    {
        bool preVote = kind == CampaignKind.PreElection;
        if (preVote)
            BecomePreCandidate();
        else
            BecomeCandidate();
        ulong term = preVote ? Term + 1 : Term;
        ulong lastTerm = Log.LastTerm;
        ulong lastIndex = Log.LastIndex;
        foreach (ulong voter in Config.Voters.All.Ids)
        {
            if (voter == Id)
            {
                SendAfterAppend(new VoteResponse(Id, Id, term, preVote, Reject: false));
                continue;
            }
            var request = new VoteRequest(voter, Id, term, preVote, lastTerm, lastIndex, kind == CampaignKind.Transfer);
            Info($"{Id:x} [logterm: {lastTerm}, index: {lastIndex}] sent {request.Type} request to {voter:x} at term {Term}");
            Send(request);
        }
    }

    public Follower BecomeFollower(ulong term, ulong lead)
    {
        var follower = new Follower(this);
        Reset(term);
        Role = follower;
        Lead = lead;
        Info($"{Id:x} became follower at term {Term}");
        return follower;
    }

    public void BecomeLeader()
    {
        Reset(Term);
        var leader = new Leader(this);
        Role = leader;
        Lead = Id;
        if (Members.TryGet(Id, out Progress? self))
        {
            self.BecomeReplicate();
            self.RecentActive = true;
        }
        leader.Open();
        Info($"{Id:x} became leader at term {Term}");
        leader.Announce();
    }

    /// <summary>Carries a committed configuration change out.</summary>
    public ConfState ApplyConfChange(ConfChangeV2 change, ulong index)
    {
        if (index > _restoredIndex)
            SwitchTo(new MembershipChanger(Membership, Log.LastIndex, Limits).Apply(change));
        return Config.ToConfState();
    }

    /// <summary>Puts a membership in force.</summary>
    public void SwitchTo(MembershipState membership)
    {
        Membership = membership;
        Info($"{Id:x} switched to configuration {Config}");
        if (Role is not Leader leader)
            return;
        if (!Members.TryGet(Id, out Progress? self) || self.IsLearner)
        {
            // Otherwise it goes on leading, without a vote of its own, until somebody else takes over.
            if (Options.StepDownOnRemoval)
                BecomeFollower(Term, 0);
            return;
        }
        leader.OnConfigChanged();
    }

    /// <summary>A leader's snapshot takes the place of log and membership.</summary>
    public void Restore(Snapshot snapshot)
    {
        Log.Restore(snapshot);
        _restoredIndex = snapshot.Index;
        SwitchTo(MembershipChanger.Restore(snapshot.ConfState, Log.LastIndex, Limits));
    }

    /// <summary>Begins a new cluster: one configuration change per peer, committed in term 1.</summary>
    public void Bootstrap(IReadOnlyList<Entry> entries, IReadOnlyList<ConfChangeV2> changes)
    {
        BecomeFollower(1, 0);
        for (int i = 0; i < entries.Count; i++)
            Log.Append(entries[i]);
        Log.CommitTo((ulong)entries.Count);
        // Carried out now, so that this member can campaign, and once more when the entries are applied, which changes nothing.
        foreach (ConfChangeV2 change in changes)
            ApplyConfChange(change, ulong.MaxValue);
    }

    // False if the message ends here.
    private bool PassTermGate(Message message)
    {
        if (message.Term < Term)
        {
            OnLowerTerm(message);
            return false;
        }
        if (message is VoteRequest { Transfer: false } request && IsInLease())
        {
            Info(
                $"{LogEnd()} ignored {request.Type} from {request.From:x} [logterm: {request.LogTerm}, index: {request.Index}] "
                + $"at term {Term}: lease is not expired (remaining ticks: {Options.ElectionTicks - ElectionElapsed})");
            return false;
        }
        // Neither a question about a future term nor the answer that it would be won changes the present one. A refusal comes with the term
        // of who refused, and that one counts.
        if (message is VoteRequest { PreVote: true } or VoteResponse { PreVote: true, Reject: false })
            return true;
        Info(
            $"{Id:x} [term: {Term}] received a {message.Type} message with higher term from {message.From:x} [term: {message.Term}]");
        BecomeFollower(message.Term, message is AppendEntries or Heartbeat or InstallSnapshot ? message.From : 0);
        return true;
    }

    private bool IsInLease() => Options.CheckQuorum && Lead != 0 && ElectionElapsed < Options.ElectionTicks;

    private void OnLowerTerm(Message message)
    {
        switch (message)
        {
            // Where votes do not raise terms (leases, pre-votes), a member with a higher term than its leader could not make itself heard
            // otherwise.
            case Heartbeat or AppendEntries when Options.CheckQuorum || Options.PreVote:
                SendAfterAppend(new AppendResponse(message.From, Id, Term, 0) { OnlyTerm = true });
                break;
            // The refusal tells a candidate with a shorter log, from before pre-votes were in use, about the higher term.
            case VoteRequest { PreVote: true } request:
                Reject(request);
                break;
            case StorageAppendResponse response:
                // The entries may have been replaced since; the snapshot holds what is committed in any term.
                if (response.Index != 0)
                {
                    Info(
                        $"{Id:x} [term: {Term}] ignored entry appends from a {message.Type} message with lower term "
                        + $"[term: {message.Term}]");
                }
                OnSnapshotStored(response.Snapshot);
                break;
            default:
                Info(
                    $"{Id:x} [term: {Term}] ignored a {message.Type} message with lower term from {message.From:x} [term: {message.Term}]");
                break;
        }
    }

    private void OnVoteRequest(VoteRequest request)
    {
        bool canVote = Vote == request.From || (Vote == 0 && Lead == 0) || (request.PreVote && request.Term > Term);
        if (!canVote || !Log.IsUpToDate(request.LogTerm, request.Index))
        {
            Reject(request);
            return;
        }
        Info(
            $"{LogEnd()} cast {request.Type} for {request.From:x} [logterm: {request.LogTerm}, index: {request.Index}] at term {Term}");
        // With the term of the request: the own one may be lower, and the answer would be ignored as outdated.
        SendAfterAppend(new VoteResponse(request.From, Id, request.Term, request.PreVote, Reject: false));
        if (!request.PreVote)
        {
            ElectionElapsed = 0;
            Vote = request.From;
        }
    }

    private void Reject(VoteRequest request)
    {
        Info(
            $"{LogEnd()} rejected {request.Type} from {request.From:x} [logterm: {request.LogTerm}, index: {request.Index}] "
            + $"at term {Term}");
        SendAfterAppend(new VoteResponse(request.From, Id, Term, request.PreVote, Reject: true));
    }

    private void OnStored(StorageAppendResponse response)
    {
        if (response.Index != 0)
            Log.StableTo(response.LogTerm, response.Index);
        OnSnapshotStored(response.Snapshot);
    }

    private void OnSnapshotStored(Snapshot? snapshot)
    {
        if (snapshot is null)
            return;
        Log.StableSnapshotTo(snapshot.Index);
        AppliedTo(snapshot.Index, 0);
    }

    private void OnApplied(StorageApplyResponse response)
    {
        if (response.Entries.Count == 0)
            return;
        Entry[] entries = response.Entries as Entry[] ?? [.. response.Entries];
        AppliedTo(entries[^1].Index, Wire.RaftCodec.SizeOf(entries));
        (Role as Leader)?.OnApplied(entries);
    }

    private void AppliedTo(ulong index, ulong bytes)
    {
        Log.AppliedTo(Math.Max(index, Log.Applied), bytes);
        (Role as Leader)?.MaybeLeaveJoint();
    }

    private void BecomeCandidate()
    {
        Invariant.That(Role is not Leader, $"invalid transition [leader -> candidate]");
        Reset(Term + 1);
        Role = new Candidate(this);
        Vote = Id;
        Info($"{Id:x} became candidate at term {Term}");
    }

    // Nothing is decided yet, so term, vote and timers stay as they are.
    private void BecomePreCandidate()
    {
        Invariant.That(Role is not Leader, $"invalid transition [leader -> pre-candidate]");
        Role = new PreCandidate(this);
        Lead = 0;
        Info($"{Id:x} became pre-candidate at term {Term}");
    }

    private void Reset(ulong term)
    {
        if (Term != term)
        {
            Term = term;
            Vote = 0;
        }
        Lead = 0;
        ElectionElapsed = 0;
        RandomizedElectionTimeout = Options.ElectionTicks + _random.Next(Options.ElectionTicks);
        ulong lastIndex = Log.LastIndex;
        Membership = Membership with
        {
            Members = Members.Restarted((id, known) =>
                new Progress(id == Id ? lastIndex : 0, lastIndex + 1, known.IsLearner, Limits.NewWindow())),
        };
    }

    private string LogEnd() => $"{Id:x} [logterm: {Log.LastTerm}, index: {Log.LastIndex}, vote: {Vote:x}]";

    private string PeerList()
    {
        List<string> ids = [];
        foreach (ulong id in Config.Voters.All.Ids)
            ids.Add($"{id:x}");
        return string.Join(',', ids);
    }
}
