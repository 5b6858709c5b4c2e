namespace Tenet.Raft.Tests.DataDriven;

/// <summary>
/// A cluster in one file: nodes, messages on their way, and the commands that move them (contract/consensus.md, 2.2 to 2.5).
/// </summary>
internal sealed class InteractionEnvironment
{
    private readonly List<ScriptedNode> _nodes = [];
    private readonly OutputLog _output = new();
    private List<Message> _network = [];

    /// <summary>Runs one command and returns its output.</summary>
    public string Handle(Directive directive)
    {
        _output.Clear();
        try
        {
            Run(directive);
        }
        catch (ScriptException failure)
        {
            if (_output.IsQuiet)
                return failure.Message;
            _output.Write(failure.Message);
        }
        return _output.Length == 0 ? "ok" : _output.ToString();
    }

    private void Run(Directive directive)
    {
        switch (directive.Command)
        {
            case "_breakpoint":
                break;
            case "add-nodes":
                AddNodes(directive);
                break;
            case "campaign":
                First(directive).Raft.Campaign();
                break;
            case "compact":
                First(directive).Storage.Memory.Compact(Argument.Parse(directive.Arguments[1].Key));
                ShowLog(First(directive));
                break;
            case "deliver-msgs":
                DeliverMessages(directive);
                break;
            case "process-ready":
                ForEach(directive, "handling Ready", ProcessReady);
                break;
            case "process-append-thread":
                ForEach(directive, "processing append thread", ProcessAppend);
                break;
            case "process-apply-thread":
                ForEach(directive, "processing apply thread", ProcessApply);
                break;
            case "log-level":
                _output.Level = Level(directive.Arguments[0].Key);
                break;
            case "raft-log":
                ShowLog(First(directive));
                break;
            case "raft-state":
                ShowStates();
                break;
            case "set-randomized-election-timeout":
                First(directive).Raft.Core.RandomizedElectionTimeout = (int)directive.Find("timeout")!.Number;
                break;
            case "stabilize":
                Stabilize(directive);
                break;
            case "status":
                foreach (PeerStatus peer in First(directive).Raft.Status.Progress)
                    _output.Write($"{peer.Id}: {peer.Description}\n");
                break;
            default:
                RunOnNode(directive);
                break;
        }
    }

    private void RunOnNode(Directive directive)
    {
        switch (directive.Command)
        {
            case "tick-election":
                Tick(First(directive), First(directive).Raft.Core.Options.ElectionTicks);
                break;
            case "tick-heartbeat":
                Tick(First(directive), First(directive).Raft.Core.Options.HeartbeatTicks);
                break;
            case "transfer-leadership":
                Node(directive.Find("from")!.Number).Raft.TransferLeader(directive.Find("to")!.Number);
                break;
            case "forget-leader":
                First(directive).Raft.ForgetLeader();
                break;
            case "send-snapshot":
                SendSnapshot(First(directive), Argument.Parse(directive.Arguments[1].Key));
                break;
            case "propose":
                if (directive.Arguments is not [_, { Values: [] } data])
                    throw new ScriptException("expected exactly one key with no vals");
                Check(First(directive).Raft.Propose(System.Text.Encoding.UTF8.GetBytes(data.Key)));
                break;
            case "propose-conf-change":
                ProposeConfChange(directive);
                break;
            case "report-unreachable":
                First(directive).Raft.ReportUnreachable(Argument.Parse(directive.Arguments[1].Key));
                break;
            case "report-snapshot":
                First(directive).Raft.ReportSnapshot(
                    Argument.Parse(directive.Arguments[1].Key), directive.Find("delivered")?.Flag ?? true);
                break;
            case "read-index":
                First(directive).Raft.ReadIndex(System.Text.Encoding.UTF8.GetBytes(directive.Arguments[1].Key));
                break;
            default:
                throw new ScriptException("unknown command");
        }
    }

    private void AddNodes(Directive directive)
    {
        ulong count = Argument.Parse(directive.Arguments[0].Key);
        ulong[] Ids(string key) => [.. (directive.Find(key)?.Values ?? []).Select(Argument.Parse)];
        var confState = new ConfState(Ids("voters"), Ids("learners"));
        var snapshot = new Snapshot(directive.Find("index")?.Number ?? 0, 0, confState, default);
        if (directive.Find("content") is { } content)
            snapshot = snapshot with { Data = System.Text.Encoding.UTF8.GetBytes(content.Value) };
        bool isEmpty = snapshot.Index == 0 && confState.Equals(ConfState.Empty);
        if (!isEmpty && snapshot.Index <= 1)
            throw new ScriptException("index must be specified as > 1 due to bootstrap");
        if (!isEmpty)
            snapshot = snapshot with { Term = 1 };
        for (ulong i = 0; i < count; i++)
        {
            var storage = new ScriptedStorage();
            if (!isEmpty)
                storage.Memory.ApplySnapshot(snapshot);
            storage.History.Add(snapshot);
            RaftOptions options = Options(directive) with { Id = (ulong)_nodes.Count + 1, Applied = snapshot.Index };
            bool asynchronous = directive.Find("async-storage-writes")?.Flag ?? false;
            _nodes.Add(new ScriptedNode(options, storage, asynchronous, _output));
        }
    }

    private static RaftOptions Options(Directive directive) => new()
    {
        Id = 1,
        ElectionTicks = 3,
        HeartbeatTicks = 1,
        MessageBytesMax = directive.Find("max-message-bytes")?.Number ?? ulong.MaxValue,
        ApplyingBytesMax = directive.Find("max-committed-size-per-ready")?.Number ?? 0,
        UncommittedBytesMax = directive.Find("max-uncommitted-bytes")?.Number ?? 0,
        InflightMessagesMax = (int)(directive.Find("inflight")?.Number ?? int.MaxValue),
        InflightBytesMax = directive.Find("inflight-bytes")?.Number ?? 0,
        PreVote = directive.Find("prevote")?.Flag ?? false,
        CheckQuorum = directive.Find("checkquorum")?.Flag ?? false,
        ReadOnlyOption = (directive.Find("read-only")?.Value ?? "safe") switch
        {
            "safe" => ReadOnlyOption.Safe,
            "lease-based" => ReadOnlyOption.LeaseBased,
            string other => throw new ScriptException($"invalid read-only option \"{other}\""),
        },
        DisableProposalForwarding = directive.Find("disable-proposal-forwarding")?.Flag ?? false,
        DisableConfChangeValidation = directive.Find("disable-conf-change-validation")?.Flag ?? false,
        StepDownOnRemoval = directive.Find("step-down-on-removal")?.Flag ?? false,
    };

    private void DeliverMessages(Directive directive)
    {
        string? type = directive.Find("type")?.Value;
        List<(ulong Id, bool Drop)> recipients = [];
        foreach (Argument argument in directive.Arguments)
        {
            if (argument.Values.Count == 0)
                recipients.Add((Argument.Parse(argument.Key), false));
            else if (argument.Key == "drop")
                recipients.AddRange(argument.Values.Select(id => (Argument.Parse(id), true)));
        }
        int delivered = 0;
        foreach ((ulong id, bool drop) in recipients)
            delivered += Deliver(id, drop, type);
        if (delivered == 0)
            _output.Write("no messages\n");
    }

    private int Deliver(ulong recipient, bool drop, string? type)
    {
        List<Message> due = [.. _network.Where(message => IsDue(message, recipient, drop, type))];
        _network = [.. _network.Where(message => !IsDue(message, recipient, drop, type))];
        foreach (Message message in due)
        {
            _output.Write($"{(drop ? "dropped: " : "")}{MessageText.Message(message)}\n");
            if (drop)
                continue;
            StepResult result = Node(recipient).Raft.Step(message);
            if (result != StepResult.Accepted)
                _output.Write($"{ErrorText(result)}\n");
        }
        return due.Count;
    }

    private static bool IsDue(Message message, ulong recipient, bool drop, string? type)
    {
        bool isLocal = message.From == message.To || message is StorageAppendResponse or StorageApplyResponse;
        return message.To == recipient && !(drop && isLocal) && (type is null || message.Type.ToString() == type);
    }

    private void ProcessReady(ScriptedNode node) => node.ProcessReady(ready => _output.Write(MessageText.Ready(ready)), _network);

    private void ProcessAppend(ScriptedNode node)
    {
        if (!node.AppendWork.TryDequeue(out StorageAppend? append))
        {
            _output.Write("no append work to perform");
            return;
        }
        _output.Write($"Processing:\n{MessageText.Append(node.Raft.Id, append, withResponses: false)}\n");
        node.Store(append.HardState, append.Entries, append.Snapshot);
        Respond(append.Responses);
    }

    private void ProcessApply(ScriptedNode node)
    {
        if (!node.ApplyWork.TryDequeue(out StorageApply? apply))
        {
            _output.Write("no apply work to perform");
            return;
        }
        _output.Write($"Processing:\n{MessageText.Apply(node.Raft.Id, apply, withResponses: false)}\n");
        node.Apply(apply.Entries);
        Respond([apply.Response]);
    }

    private void Respond(IReadOnlyList<Message> responses)
    {
        _output.Write("Responses:\n");
        foreach (Message response in responses)
            _output.Write($"{MessageText.Message(response)}\n");
        _network.AddRange(responses);
    }

    private void ForEach(Directive directive, string heading, Action<ScriptedNode> action)
    {
        foreach (Argument argument in directive.Arguments)
        {
            ScriptedNode node = Node(Argument.Parse(argument.Key));
            if (directive.Arguments.Count == 1)
            {
                action(node);
                continue;
            }
            _output.Write($"> {argument.Key} {heading}\n");
            _output.Indented(() => action(node));
        }
    }

    private void Stabilize(Directive directive)
    {
        int level = _output.Level;
        if (directive.Find("log-level") is { } named)
            _output.Level = Level(named.Value);
        List<ScriptedNode> nodes = [.. directive.Arguments.Where(a => a.Values.Count == 0).Select(a => Node(Argument.Parse(a.Key)))];
        if (nodes.Count == 0)
            nodes = _nodes;
        while (StabilizeOnce(nodes))
        {
        }
        _output.Level = level;
    }

    private bool StabilizeOnce(List<ScriptedNode> nodes)
    {
        bool worked = false;
        foreach (ScriptedNode node in nodes.Where(node => node.HasReady))
        {
            worked = true;
            _output.Write($"> {node.Raft.Id} handling Ready\n");
            _output.Indented(() => ProcessReady(node));
        }
        foreach (ScriptedNode node in nodes.Where(node => _network.Exists(message => message.To == node.Raft.Id)))
        {
            worked = true;
            _output.Write($"> {node.Raft.Id} receiving messages\n");
            _output.Indented(() => Deliver(node.Raft.Id, drop: false, type: null));
        }
        foreach (ScriptedNode node in nodes.Where(node => node.AppendWork.Count > 0))
        {
            worked = true;
            _output.Write($"> {node.Raft.Id} processing append thread\n");
            while (node.AppendWork.Count > 0)
                _output.Indented(() => ProcessAppend(node));
        }
        foreach (ScriptedNode node in nodes.Where(node => node.ApplyWork.Count > 0))
        {
            worked = true;
            _output.Write($"> {node.Raft.Id} processing apply thread\n");
            while (node.ApplyWork.Count > 0)
                _output.Indented(() => ProcessApply(node));
        }
        return worked;
    }

    private void ProposeConfChange(Directive directive)
    {
        List<ConfChangeSingle> changes = ConfChangeScript.Parse(directive.Input);
        ConfChangeTransition transition = (directive.Find("transition")?.Value ?? "auto") switch
        {
            "auto" => ConfChangeTransition.Auto,
            "implicit" => ConfChangeTransition.JointImplicit,
            "explicit" => ConfChangeTransition.JointExplicit,
            string other => throw new ScriptException($"unknown transition {other}"),
        };
        RaftNode node = First(directive).Raft;
        if (directive.Find("v1") is not { Flag: true })
        {
            Check(node.Propose(new ConfChangeV2(transition, changes, default)));
            return;
        }
        if (changes.Count > 1 || transition != ConfChangeTransition.Auto)
            throw new ScriptException("v1 conf change can only have one operation and no transition");
        Check(node.Propose(new ConfChange(null, changes[0].Type, changes[0].NodeId, default)));
    }

    private void SendSnapshot(ScriptedNode from, ulong to)
    {
        var message = new InstallSnapshot(to, from.Raft.Id, from.Raft.Term, from.Storage.Snapshot()!);
        _network.Add(message);
        _output.Write(MessageText.Message(message));
    }

    private void ShowLog(ScriptedNode node)
    {
        ulong first = node.Storage.FirstIndex;
        ulong last = node.Storage.LastIndex;
        if (last < first)
        {
            _output.Write($"log is empty: first index={first}, last index={last}");
            return;
        }
        node.Storage.Entries(first, last + 1, ulong.MaxValue, out Entry[] entries);
        _output.Write(MessageText.Entries(entries));
    }

    private void ShowStates()
    {
        foreach (ScriptedNode node in _nodes)
        {
            RaftStatus status = node.Raft.Status;
            bool votes = status.ConfState.Voters.Contains(status.Id) || status.ConfState.VotersOutgoing.Contains(status.Id);
            _output.Write(
                $"{status.Id}: State{status.SoftState.Role} ({(votes ? "Voter" : "Non-Voter")}) "
                + $"Term:{status.HardState.Term} Lead:{status.SoftState.Lead}\n");
        }
    }

    private static void Tick(ScriptedNode node, int ticks)
    {
        for (int i = 0; i < ticks; i++)
            node.Raft.Tick();
    }

    private static int Level(string name)
    {
        int level = Array.IndexOf(OutputLog.LevelNames, name.ToUpperInvariant());
        if (level < 0)
            throw new ScriptException($"log levels must be either of [{string.Join(' ', OutputLog.LevelNames)}]");
        return level;
    }

    private static void Check(StepResult result)
    {
        if (result != StepResult.Accepted)
            throw new ScriptException(ErrorText(result));
    }

    private static string ErrorText(StepResult result) => result switch
    {
        StepResult.Dropped => "raft proposal dropped",
        StepResult.NotFromHere => "raft: cannot step raft local message",
        _ => "raft: cannot step as peer not found",
    };

    private ScriptedNode First(Directive directive) => Node(Argument.Parse(directive.Arguments[0].Key));

    private ScriptedNode Node(ulong id) => _nodes[(int)id - 1];
}
