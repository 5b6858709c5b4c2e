using System.Buffers.Binary;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests.Models;

/// <summary>
/// Five members, three of which begin as voters, on a network that loses, doubles and reorders messages. One seed decides everything. After
/// every step the history is checked.
/// </summary>
internal sealed class SimulatedCluster
{
    private const int MembersMax = 5;
    private const int HealTicksMax = 1500;

    private readonly SeededRandom _random;
    private readonly SimulatedMember[] _members = new SimulatedMember[MembersMax];
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private readonly List<Message> _network = [];
    private ulong _counter;

    public SimulatedCluster(ulong seed)
    {
        _random = new SeededRandom(seed);
        bool preVote = _random.Chance(0.5);
        bool checkQuorum = _random.Chance(0.5);
        var start = new Snapshot(2, 1, new ConfState([1, 2, 3]), default);
        for (int i = 0; i < MembersMax; i++)
        {
            var options = new RaftOptions
            {
                Id = (ulong)i + 1,
                ElectionTicks = 8,
                MessageBytesMax = (ulong)_random.Next(1, 200),
                ApplyingBytesMax = (ulong)_random.Next(1, 300),
                InflightMessagesMax = _random.Next(1, 6),
                InflightBytesMax = _random.Chance(0.5) ? (ulong)_random.Next(200, 400) : 0,
                PreVote = preVote,
                CheckQuorum = checkQuorum,
                StepDownOnRemoval = _random.Chance(0.5),
            };
            _members[i] = new SimulatedMember(options, i < 3 ? start : null, _random.Fork(), History);
        }
    }

    public ClusterHistory History { get; } = new();

    public int Crashes { get; private set; }

    public int ConfChanges { get; private set; }

    public int ReadsAnswered => _members.Sum(member => member.ReadsAnswered);

    /// <summary>Faults of every kind.</summary>
    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Act(_members[_random.Next(MembersMax)], _random.Next(1000));
            Check();
            if (step % 100 == 0)
                CheckLogs();
        }
    }

    /// <summary>No more faults: within bounded time there is a leader, and everybody has applied what it proposes.</summary>
    public void Heal()
    {
        _cut.Clear();
        Entry? proof = null;
        for (int tick = 0; tick < HealTicksMax; tick++)
        {
            foreach (SimulatedMember member in _members)
                member.Raft.Tick();
            Settle();
            SimulatedMember? leader = _members.Where(member => member.Raft.Role == RaftRole.Leader).MaxBy(member => member.Raft.Term);
            if (leader is null)
                continue;
            ConfState config = leader.Raft.Status.ConfState;
            if (!config.Voters.Contains(leader.Id))
                leader.Raft.TransferLeader(config.Voters[0]);
            else if (config.VotersOutgoing.Count > 0 && !config.AutoLeave)
                leader.Raft.Propose(ConfChangeV2.LeaveJoint);
            else if (proof is null && config.VotersOutgoing.Count == 0 && Propose(leader) == StepResult.Accepted)
                proof = new Entry(leader.Raft.Term, leader.Raft.LastIndex, EntryType.Normal, default);
            else if (proof is { } sent && leader.Raft.Term == sent.Term && HaveApplied(config, sent.Index))
                return;
            else if (proof is { } outdated && leader.Raft.Term != outdated.Term)
                proof = null;
        }
        Assert.Fail("no progress after the faults ended: " + string.Join("; ", _members.Select(member => member.Raft.Status.ToString())));
    }

    private bool HaveApplied(ConfState config, ulong index)
    {
        SimulatedMember[] all = [.. config.Voters.Concat(config.Learners).Select(id => _members[id - 1])];
        return all.All(member => member.Applied >= index) && all.Select(member => (member.Applied, member.Chain)).Distinct().Count() == 1;
    }

    private void Act(SimulatedMember member, int dice)
    {
        switch (dice)
        {
            case < 350:
                DeliverAny();
                break;
            case < 550:
                if (member.Raft.HasReady)
                    member.TakeReady(_network);
                break;
            case < 700:
                member.ProcessAppend(_network);
                break;
            case < 800:
                member.ProcessApply(_network);
                break;
            case < 900:
                member.Raft.Tick();
                break;
            case < 950:
                Propose(member);
                break;
            case < 965:
                Read(member);
                break;
            default:
                ActRarely(member, dice);
                break;
        }
    }

    private void ActRarely(SimulatedMember member, int dice)
    {
        switch (dice)
        {
            case < 973:
                ProposeConfChange(member);
                break;
            case < 978:
                member.Compact();
                break;
            case < 982:
                member.Crash();
                Crashes++;
                break;
            case < 984:
                member.Raft.TransferLeader((ulong)_random.Next(1, MembersMax + 1));
                break;
            case < 986:
                member.Raft.ForgetLeader();
                break;
            case < 988:
                member.Raft.Campaign();
                break;
            case < 990:
                member.Raft.ReportUnreachable((ulong)_random.Next(1, MembersMax + 1));
                break;
            case < 995:
                _cut.Add((member.Id, (ulong)_random.Next(1, MembersMax + 1)));
                break;
            default:
                _cut.Clear();
                break;
        }
    }

    private StepResult Propose(SimulatedMember member)
    {
        byte[] data = new byte[_random.Next(8, 60)];
        BinaryPrimitives.WriteUInt64LittleEndian(data, ++_counter);
        return member.Raft.Propose(data);
    }

    private void Read(SimulatedMember member)
    {
        byte[] context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(context, ++_counter);
        member.Reads[_counter] = History.Applied;
        member.Raft.ReadIndex(context);
    }

    private void ProposeConfChange(SimulatedMember member)
    {
        if (member.Raft.Role != RaftRole.Leader)
            return;
        ConfState config = member.Raft.Status.ConfState;
        if (config.VotersOutgoing.Count > 0)
        {
            member.Raft.Propose(ConfChangeV2.LeaveJoint);
            return;
        }
        List<ConfChangeSingle> changes = [];
        SortedSet<ulong> voters = [.. config.Voters];
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            var change = new ConfChangeSingle((ConfChangeType)_random.Next(4), (ulong)_random.Next(1, MembersMax + 1));
            changes.Add(change);
            if (change.Type == ConfChangeType.AddNode)
                voters.Add(change.NodeId);
            else if (change.Type != ConfChangeType.UpdateNode)
                voters.Remove(change.NodeId);
            // Not one voter alone either: with it, everything would depend on a single disk and little could happen.
            if (voters.Count < 2)
                return;
        }
        ConfChanges++;
        if (changes.Count == 1 && _random.Chance(0.5))
            member.Raft.Propose(new ConfChange(_counter, changes[0].Type, changes[0].NodeId, default));
        else
            member.Raft.Propose(new ConfChangeV2((ConfChangeTransition)_random.Next(3), changes, default));
    }

    private void DeliverAny()
    {
        if (_network.Count == 0)
            return;
        // Mostly in order, sometimes not.
        int at = _random.Chance(0.7) ? 0 : _random.Next(_network.Count);
        Message message = _network[at];
        if (!_random.Chance(0.05))
            _network.RemoveAt(at);
        if (_random.Chance(0.05) || _cut.Contains((message.From, message.To)))
        {
            Report(message, delivered: false);
            return;
        }
        Deliver(message);
    }

    private void Deliver(Message message)
    {
        // Through the wire, as between processes.
        _members[message.To - 1].Raft.Step(RaftCodec.ReadMessage(RaftCodec.ToBytes(message)));
        Report(message, delivered: true);
    }

    private void Report(Message message, bool delivered)
    {
        if (message is InstallSnapshot)
            _members[message.From - 1].Raft.ReportSnapshot(message.To, delivered);
        else if (!delivered && _random.Chance(0.3))
            _members[message.From - 1].Raft.ReportUnreachable(message.To);
    }

    private void Settle()
    {
        for (int round = 0; round < 10_000; round++)
        {
            Message[] due = [.. _network];
            _network.Clear();
            foreach (Message message in due)
                Deliver(message);
            foreach (SimulatedMember member in _members)
            {
                if (member.Raft.HasReady)
                    member.TakeReady(_network);
                member.ProcessAppend(_network);
                member.ProcessApply(_network);
            }
            Check();
            if (_network.Count == 0 && _members.All(member => member.IsIdle))
                return;
        }
        Assert.Fail("the cluster does not come to rest");
    }

    private void Check()
    {
        foreach (SimulatedMember member in _members)
        {
            if (member.Raft.Role == RaftRole.Leader)
                History.OnLeader(member.Raft);
        }
    }

    private void CheckLogs()
    {
        for (int left = 0; left < MembersMax; left++)
        {
            for (int right = left + 1; right < MembersMax; right++)
                ClusterHistory.CheckLogs(_members[left].Raft, _members[right].Raft);
        }
    }
}
