using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Roles;
using Tenet.Raft.Tracking;
using Tenet.Raft.Wire;

namespace Tenet.Raft;

/// <summary>
/// One member's consensus: time and messages in, <see cref="Ready"/> out. Not thread-safe; everything happens on the thread that calls.
/// Storage works beside it: what a Ready hands out is answered later by stepping the responses that came with it.
/// </summary>
public sealed class RaftNode
{
    private readonly RaftCore _core;
    private readonly IRaftStorage _storage;
    private readonly Harvester _harvester;

    /// <summary>Starts from what the storage holds. Throws <see cref="ArgumentException"/> if an option makes no sense.</summary>
    public RaftNode(RaftOptions options, IRaftStorage storage, SeededRandom random, IRaftLog log)
    {
        _core = new RaftCore(options, storage, random, log);
        _storage = storage;
        _harvester = new Harvester(_core, applyUnstable: false);
    }

    /// <summary>This member.</summary>
    public ulong Id => _core.Id;

    /// <summary>The present term.</summary>
    public ulong Term => _core.Term;

    /// <summary>The leader's id, 0 if unknown.</summary>
    public ulong Lead => _core.Lead;

    /// <summary>What this member is.</summary>
    public RaftRole Role => _core.Role.Kind;

    /// <summary>The highest index known to be committed.</summary>
    public ulong Commit => _core.Log.Committed;

    /// <summary>The last index whose <see cref="StorageApply"/> was answered.</summary>
    public ulong Applied => _core.Log.Applied;

    /// <summary>The newest index of the log, stored or not.</summary>
    public ulong LastIndex => _core.Log.LastIndex;

    /// <summary>Everything to be known about this member. Allocates; not for every request.</summary>
    public RaftStatus Status => StatusOf(_core);

    /// <summary>Whether <see cref="TakeReady"/> has anything to give.</summary>
    public bool HasReady => _harvester.HasWork;

    /// <summary>
    /// Begins a new cluster: the log opens with one configuration change per peer, committed in term 1. The storage must be empty and there
    /// must be a peer, or it throws <see cref="InvalidOperationException"/>.
    /// </summary>
    public void Bootstrap(IReadOnlyList<(ulong Id, ReadOnlyMemory<byte> Context)> peers)
    {
        if (peers.Count == 0)
            throw new InvalidOperationException("must provide at least one peer to Bootstrap");
        if (_storage.LastIndex != 0)
            throw new InvalidOperationException("can't bootstrap a nonempty Storage");
        _harvester.Restart();
        List<Entry> entries = [];
        List<ConfChangeV2> changes = [];
        foreach ((ulong id, ReadOnlyMemory<byte> context) in peers)
        {
            var change = new ConfChange(null, ConfChangeType.AddNode, id, context);
            changes.Add(change.ToV2());
            entries.Add(new Entry(1, (ulong)changes.Count, EntryType.ConfChange, RaftCodec.ToBytes(change)));
        }
        _core.Bootstrap(entries, changes);
    }

    /// <summary>One tick of the clock.</summary>
    public void Tick() => _core.Role.Tick();

    /// <summary>
    /// Takes a message of a peer, or a response of <see cref="StorageAppend"/> or <see cref="StorageApply"/> that is due. Throws
    /// <see cref="InvariantException"/> if a message proves that this or another member has lost what it had promised to keep.
    /// </summary>
    public StepResult Step(Message message) => Step(_core, message);

    /// <summary>Proposes a command. The bytes must not change afterwards.</summary>
    public StepResult Propose(ReadOnlyMemory<byte> data)
    {
        var entry = new Entry(0, 0, EntryType.Normal, data);
        return _core.Role.Propose(new ReadOnlySpan<Entry>(in entry), _core.Id);
    }

    /// <summary>
    /// Proposes commands, all of them or none, in one append to the log and one round of messages: cheaper than one by one. The bytes must
    /// not change afterwards.
    /// </summary>
    public StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> batch)
    {
        var entries = new Entry[batch.Length];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new Entry(0, 0, EntryType.Normal, batch[i]);
        return _core.Role.Propose(entries, _core.Id);
    }

    /// <summary>Proposes a configuration change. A leader that finds it untimely appends an empty entry instead; nobody is told.</summary>
    public StepResult Propose(ConfChange change)
    {
        var entry = new Entry(0, 0, EntryType.ConfChange, RaftCodec.ToBytes(change));
        return _core.Role.Propose(new ReadOnlySpan<Entry>(in entry), _core.Id);
    }

    /// <summary>
    /// Proposes a configuration change. A leader that finds it untimely appends an empty entry instead; nobody is told. etcd itself stops
    /// at such an entry: not for clusters with members of it.
    /// </summary>
    public StepResult Propose(ConfChangeV2 change)
    {
        var entry = new Entry(0, 0, EntryType.ConfChangeV2, RaftCodec.ToBytes(change));
        return _core.Role.Propose(new ReadOnlySpan<Entry>(in entry), _core.Id);
    }

    /// <summary>
    /// Asks for a read index; the answer comes as a <see cref="ReadState"/> with this context, or never: ask again. The bytes must not
    /// change afterwards.
    /// </summary>
    public void ReadIndex(ReadOnlyMemory<byte> context) =>
        _core.Role.OnReadIndex(new ReadIndexRequest(0, 0, [new Entry(0, 0, EntryType.Normal, context)]));

    /// <summary>Campaigns now, if this member may.</summary>
    public void Campaign() => _core.Campaign();

    /// <summary>Asks the leader, whoever it is, to hand over to this member.</summary>
    public void TransferLeader(ulong to) => _core.Role.OnTransferLeader(new TransferLeader(0, to, 0));

    /// <summary>
    /// Lets go of the leader, so that this member may vote at once. Only a follower does so, and not with lease-based reads.
    /// </summary>
    public void ForgetLeader() => _core.Role.ForgetLeader();

    /// <summary>A message to this member could not be delivered.</summary>
    public void ReportUnreachable(ulong id) => _core.Role.OnUnreachable(id);

    /// <summary>A snapshot has been delivered to this member, or could not be. Every snapshot handed out must be reported.</summary>
    public void ReportSnapshot(ulong id, bool delivered) => _core.Role.OnSnapshotStatus(id, delivered);

    /// <summary>
    /// Carries a committed configuration change out, at the moment its entry is applied; the result belongs into the next snapshot. A
    /// change that is not to take effect is passed with node id 0. With the index of its entry, a change is passed over that a snapshot
    /// from the leader contains already: such a snapshot may overtake entries that are under way to the state machine.
    /// </summary>
    public ConfState ApplyConfChange(ConfChangeV2 change, ulong index = ulong.MaxValue) => _core.ApplyConfChange(change, index);

    /// <summary>Everything to be done now; empty if there is nothing. What has been taken is not given again.</summary>
    public Ready TakeReady()
    {
        Harvest harvest = _harvester.Take();
        return new Ready
        {
            SoftState = harvest.SoftState,
            HardState = harvest.HardState,
            Messages = harvest.Messages,
            ReadStates = harvest.ReadStates,
            Append = AppendOf(harvest),
            Apply = harvest.Applied is { } applied ? new StorageApply { Entries = harvest.Committed, Response = applied } : null,
        };
    }

    internal RaftCore Core => _core;

    private static RaftStatus StatusOf(RaftCore core)
    {
        List<PeerStatus> peers = [];
        var leader = core.Role as Leader;
        for (int i = 0; leader is not null && i < core.Members.Count; i++)
        {
            (ulong id, Progress progress) = core.Members.At(i);
            peers.Add(new PeerStatus(
                id,
                progress.Match,
                progress.Next,
                progress.State,
                progress.IsLearner,
                progress.RecentActive,
                progress.PendingSnapshot,
                progress.ToString()));
        }
        return new RaftStatus
        {
            Id = core.Id,
            HardState = core.HardState,
            SoftState = core.SoftState,
            Applied = core.Log.Applied,
            ConfState = core.Config.ToConfState(),
            LeadTransferee = leader?.Transferee ?? 0,
            Progress = peers,
        };
    }

    private static StepResult Step(RaftCore core, Message message)
    {
        switch (message)
        {
            case ForeignMessage:
                return StepResult.NotFromHere;
            case StorageAppendResponse or StorageApplyResponse:
                return core.Step(message);
            // A leader speaks to others, in a term of its own.
            case AppendEntries or Heartbeat or InstallSnapshot or TimeoutNow when message.From == core.Id || message.Term == 0:
            case VoteRequest when message.From == core.Id || message.Term == 0:
                return StepResult.NotFromHere;
            case AppendResponse or HeartbeatResponse or VoteResponse or ReadIndexResponse when !core.Members.TryGet(message.From, out _):
                return StepResult.UnknownPeer;
            default:
                return core.Step(message);
        }
    }

    private static StorageAppend? AppendOf(Harvest harvest)
    {
        if (harvest.Entries.Length == 0 && harvest.HardState is null && harvest.Snapshot is null && harvest.AfterAppend.Count == 0)
            return null;
        return new StorageAppend
        {
            Entries = harvest.Entries,
            HardState = harvest.HardState,
            Snapshot = harvest.Snapshot,
            MustSync = harvest.MustSync,
            // "Stored" last: the own acknowledgement before it looks entries up, which is cheaper while they are unstable still.
            Responses = harvest.Stored is { } stored ? [.. harvest.AfterAppend, stored] : harvest.AfterAppend,
        };
    }
}
