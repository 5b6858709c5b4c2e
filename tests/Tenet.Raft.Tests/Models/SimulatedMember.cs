using System.Buffers.Binary;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests.Models;

/// <summary>
/// One member with its disk. What an append holds is on the disk once it has been processed, and only then are its responses given out; a
/// crash loses everything that waits, except maybe a part of the first append.
/// </summary>
internal sealed class SimulatedMember
{
    private readonly SeededRandom _random;
    private readonly ClusterHistory _history;
    private readonly MemoryStorage _disk = new();
    private readonly Queue<StorageAppend> _appends = new();
    private readonly Queue<StorageApply> _applies = new();
    private HardState _synced;
    private HardState _stored;
    private ConfState _confState = ConfState.Empty;
    private ulong _chain;

    public SimulatedMember(RaftOptions options, Snapshot? start, SeededRandom random, ClusterHistory history)
    {
        Options = options;
        _random = random;
        _history = history;
        if (start is not null)
            _disk.ApplySnapshot(start);
        Raft = Start();
    }

    public RaftOptions Options { get; }

    public RaftNode Raft { get; private set; }

    public ulong Id => Options.Id;

    /// <summary>The last applied index of the state machine; the core learns of it later.</summary>
    public ulong Applied { get; private set; }

    public ulong Chain => _chain;

    public bool IsIdle => !Raft.HasReady && _appends.Count == 0 && _applies.Count == 0;

    /// <summary>The lowest index that each read request under way may be answered with.</summary>
    public Dictionary<ulong, ulong> Reads { get; } = [];

    public int ReadsAnswered { get; private set; }

    public void TakeReady(List<Message> network)
    {
        Ready ready = Raft.TakeReady();
        foreach (Message message in ready.Messages)
            network.Add(message is InstallSnapshot install ? install with { Snapshot = Current(install.Snapshot) } : message);
        if (ready.Append is not null)
            _appends.Enqueue(ready.Append);
        if (ready.Apply is not null)
            _applies.Enqueue(ready.Apply);
        foreach (ReadState state in ready.ReadStates)
        {
            if (!Reads.TryGetValue(BinaryPrimitives.ReadUInt64BigEndian(state.Context.Span), out ulong atLeast))
                continue;
            ReadsAnswered++;
            Assert.True(state.Index >= atLeast, $"a read that must see {atLeast} was answered with {state.Index}");
        }
    }

    public void ProcessAppend(List<Message> network)
    {
        if (!_appends.TryDequeue(out StorageAppend? append))
            return;
        if (append.Snapshot is { } snapshot)
        {
            _disk.ApplySnapshot(snapshot);
            Load(snapshot);
        }
        _disk.Append(append.Entries);
        if (append.HardState is { } state)
        {
            // A commit index alone needs no sync, so a crash may take it back.
            Assert.True(append.MustSync || !state.MustSyncAfter(_stored));
            _stored = state;
            _disk.SetHardState(state);
        }
        if (append.MustSync || append.Snapshot is not null)
            _synced = _stored;
        Deliver(append.Responses, network);
    }

    public void ProcessApply(List<Message> network)
    {
        if (!_applies.TryDequeue(out StorageApply? apply))
            return;
        foreach (Entry entry in apply.Entries)
        {
            if (entry.Index <= Applied)
                continue;
            Assert.Equal(Applied + 1, entry.Index);
            _chain = _history.OnApplied(entry, _chain);
            Applied = entry.Index;
            if (entry.Type == EntryType.ConfChange)
                _confState = Raft.ApplyConfChange(RaftCodec.ReadConfChange(entry.Data).ToV2(), entry.Index);
            else if (entry.Type == EntryType.ConfChangeV2)
                _confState = Raft.ApplyConfChange(RaftCodec.ReadConfChangeV2(entry.Data), entry.Index);
        }
        Deliver([apply.Response], network);
    }

    /// <summary>Makes a snapshot of the state machine and drops a part of the log.</summary>
    public void Compact()
    {
        int kept = _random.Chance(0.5) ? 0 : _random.Next(6);
        // What a snapshot covers must be committed as far as the disk knows.
        if (Applied > _synced.Commit || Applied < _disk.FirstIndex || Applied > _disk.LastIndex)
            return;
        if (_disk.CreateSnapshot(Applied, _confState, State()) is { Index: var index } && index > (ulong)kept)
            _disk.Compact(index - (ulong)kept);
    }

    public void Crash()
    {
        if (_appends.TryPeek(out StorageAppend? first) && first.Snapshot is null && _random.Chance(0.5))
        {
            // Torn: some entries made it to the disk, the hard state behind them did not.
            _disk.Append([.. first.Entries.Take(_random.Next(first.Entries.Count + 1))]);
        }
        HardState survived = _random.Chance(0.5) ? _synced : _stored;
        _stored = _synced = survived;
        _disk.SetHardState(survived);
        _appends.Clear();
        _applies.Clear();
        Reads.Clear();
        Raft = Start();
    }

    // A snapshot goes out as of what is applied by then, as a member sends it: an older one may not know its receiver yet, and a receiver
    // that is not in it refuses it.
    private Snapshot Current(Snapshot asked)
    {
        Assert.True(asked.Index <= Applied);
        return new Snapshot(Applied, Raft.Core.Log.TermOrZero(Applied), _confState, State());
    }

    private byte[] State()
    {
        byte[] data = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(data, _chain);
        return data;
    }

    private RaftNode Start()
    {
        Load(_disk.Snapshot()!);
        return new RaftNode(Options, _disk, _random.Fork(), SilentLog.Instance);
    }

    private void Load(Snapshot snapshot)
    {
        _confState = snapshot.ConfState;
        Applied = snapshot.Index;
        _chain = snapshot.Data.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(snapshot.Data.Span);
        _history.OnSnapshotApplied(snapshot.Index, _chain);
    }

    private void Deliver(IReadOnlyList<Message> responses, List<Message> network)
    {
        foreach (Message response in responses)
        {
            if (response.To == Id)
                Raft.Step(response);
            else
                network.Add(response);
        }
    }
}
