using System.Diagnostics.CodeAnalysis;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>
/// One node of a script: the production node with asynchronous storage, or a driver beside it that stores and applies each Ready before it
/// goes on (contract/consensus.md, 1.14.2), which is what most of the recorded cases show.
/// </summary>
internal sealed class ScriptedNode
{
    private readonly Harvester? _synchronous;
    private readonly List<Message> _stepsOnAdvance = [];

    public ScriptedNode(RaftOptions options, ScriptedStorage storage, bool asynchronous, IRaftLog log)
    {
        Storage = storage;
        Raft = new RaftNode(options, storage, new SeededRandom(options.Id), log);
        _synchronous = asynchronous ? null : new Harvester(Raft.Core, applyUnstable: true);
    }

    public RaftNode Raft { get; }

    public ScriptedStorage Storage { get; }

    public Queue<StorageAppend> AppendWork { get; } = new();

    public Queue<StorageApply> ApplyWork { get; } = new();

    [MemberNotNullWhen(false, nameof(_synchronous))]
    public bool IsAsynchronous => _synchronous is null;

    public bool HasReady => IsAsynchronous ? Raft.HasReady : _synchronous.HasWork;

    /// <summary>Takes a Ready, shows it, does the storage work at once or queues it, and hands its messages out.</summary>
    public void ProcessReady(Action<ReadyView> show, List<Message> network)
    {
        if (IsAsynchronous)
            ProcessAsynchronously(show, network);
        else
            ProcessSynchronously(_synchronous, show, network);
    }

    public void Store(HardState? hardState, IReadOnlyList<Entry> entries, Snapshot? snapshot)
    {
        if (hardState is { IsEmpty: false } state)
            Storage.Memory.SetHardState(state);
        if (snapshot is null)
        {
            Storage.Memory.Append(entries);
            return;
        }
        if (entries.Count > 0)
            throw new ScriptException("can't apply snapshot and entries at the same time");
        if (!Storage.Memory.ApplySnapshot(snapshot))
            throw new ScriptException("requested index is older than the existing snapshot");
    }

    public void Apply(IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            Snapshot last = Storage.History[^1];
            ReadOnlyMemory<byte> update = entry.Data;
            ConfState confState = last.ConfState;
            if (entry.Type != EntryType.Normal)
            {
                ConfChangeV2 change = entry.Type == EntryType.ConfChange
                    ? RaftCodec.ReadConfChange(entry.Data).ToV2()
                    : RaftCodec.ReadConfChangeV2(entry.Data);
                update = change.Context;
                confState = Raft.ApplyConfChange(change);
            }
            byte[] data = [.. last.Data.Span, .. update.Span];
            Storage.History.Add(new Snapshot(entry.Index, entry.Term, confState, data));
        }
    }

    private void ProcessAsynchronously(Action<ReadyView> show, List<Message> network)
    {
        Ready ready = Raft.TakeReady();
        List<string> texts = [.. ready.Messages.Select(message => MessageText.Message(message))];
        if (ready.Append is { } append)
            texts.Add(MessageText.Append(Raft.Id, append, withResponses: true));
        if (ready.Apply is { } apply)
            texts.Add(MessageText.Apply(Raft.Id, apply, withResponses: true));
        show(new ReadyView(
            ready.SoftState,
            ready.HardState,
            ready.ReadStates,
            ready.Append?.Entries ?? [],
            ready.Append?.Snapshot,
            ready.Apply?.Entries ?? [],
            texts,
            ready.Append?.MustSync ?? false));
        network.AddRange(ready.Messages);
        if (ready.Append is not null)
            AppendWork.Enqueue(ready.Append);
        if (ready.Apply is not null)
            ApplyWork.Enqueue(ready.Apply);
    }

    private void ProcessSynchronously(Harvester harvester, Action<ReadyView> show, List<Message> network)
    {
        Harvest harvest = harvester.Take();
        List<Message> messages = [.. harvest.Messages, .. harvest.AfterAppend.Where(message => message.To != Raft.Id)];
        _stepsOnAdvance.AddRange(harvest.AfterAppend.Where(message => message.To == Raft.Id));
        if (harvest.Stored is not null)
            _stepsOnAdvance.Add(harvest.Stored);
        if (harvest.Applied is not null)
            _stepsOnAdvance.Add(harvest.Applied);
        show(new ReadyView(
            harvest.SoftState,
            harvest.HardState,
            harvest.ReadStates,
            harvest.Entries,
            harvest.Snapshot,
            harvest.Committed,
            [.. messages.Select(message => MessageText.Message(message))],
            harvest.MustSync));
        Store(harvest.HardState, harvest.Entries, harvest.Snapshot);
        Apply(harvest.Committed);
        network.AddRange(messages);
        Message[] steps = [.. _stepsOnAdvance];
        _stepsOnAdvance.Clear();
        foreach (Message step in steps)
            Raft.Core.Step(step);
    }
}
