using Tenet.Foundation.Randomness;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Simulation.Worlds;

/// <summary>
/// The wires between the machines. Messages go over them as bytes. A direction of a link may be cut; what is on its way then still arrives.
/// </summary>
internal sealed class SimNetwork
{
    /// <summary>How often a lost message lets its sender believe that the other process has ended.</summary>
    private const double MistakenForGone = 0.05;

    /// <summary>How often the end of a process is not seen by one who has a connection to it.</summary>
    private const double EndNotSeen = 0.2;

    private readonly World _world;
    private readonly SeededRandom _random;
    private readonly Link[,] _links;

    public SimNetwork(World world, SeededRandom random, int machines)
    {
        _world = world;
        _random = random;
        _links = new Link[machines, machines];
        for (int from = 0; from < machines; from++)
        {
            for (int to = 0; to < machines; to++)
                _links[from, to] = new Link();
        }
    }

    /// <summary>How all links are now.</summary>
    public LinkQuality Quality { get; set; }

    public bool IsCut(SimMember from, SimMember to) => _links[from.Index, to.Index].IsCut;

    public void Cut(SimMember from, SimMember to)
    {
        if (from != to)
            _links[from.Index, to.Index].IsCut = true;
    }

    public void Heal(SimMember from, SimMember to)
    {
        Link link = _links[from.Index, to.Index];
        if (!link.IsCut)
            return;
        link.IsCut = false;
        link.UpSince = _world.Now;
    }

    public void HealAll()
    {
        foreach (SimMember from in _world.Members)
        {
            foreach (SimMember to in _world.Members)
                Heal(from, to);
        }
    }

    /// <summary>Since when both directions have worked and the other process has been there, in the world's time; null if they do not.</summary>
    public long? UpSince(SimMember from, SimMember to)
    {
        if (IsCut(from, to) || IsCut(to, from) || to.Process is not { IsOver: false } process)
            return null;
        return Math.Max(Math.Max(_links[from.Index, to.Index].UpSince, _links[to.Index, from.Index].UpSince), process.StartedAt);
    }

    /// <summary>The time that something takes from one machine to the other, without regard to what went before it.</summary>
    public long Delay()
    {
        double share = _random.NextDouble();
        share *= share * share;
        return Quality.DelayMin + (long)(share * (Quality.DelayMax - Quality.DelayMin));
    }

    public bool Chance(double probability) => probability > 0 && _random.Chance(probability);

    public void Send(SimProcess from, SimMember? to, Message message)
    {
        if (to is null || to == from.Machine)
        {
            _world.Trace.Add(_world.Now, TraceKind.Dropped, from.Machine.Name, (long)message.To, (int)message.Type, message);
            return;
        }

        _world.Checker?.Sent(message);
        byte[] bytes = RaftCodec.ToBytes(message);
        _world.Trace.Add(_world.Now, TraceKind.Sent, from.Machine.Name, bytes.Length, to.Index + 1, message);
        Link link = _links[from.Machine.Index, to.Index];
        if (link.IsCut || to.Process is null)
        {
            ReportUnreachable(from, message.To);
            return;
        }

        if (Chance(Quality.Drop))
        {
            // A broken connection loses what was on it; the sender hears of it, or does not, or takes it for more than it is.
            if (_random.Chance(0.5))
                ReportUnreachable(from, message.To);
            if (_random.Chance(MistakenForGone))
                ReportGone(from, message.To);
            return;
        }

        Deliver(from, to, link, bytes);

        // A real transport sends nothing twice. Raft bears with it, but a proposal that comes twice is two proposals.
        if (Chance(Quality.Duplicate) && message is not Proposal)
            Deliver(from, to, link, bytes);
    }

    /// <summary>
    /// A process has ended on a machine that runs on: connections to it end, and new ones are refused, which those who reach the machine see
    /// (docs/adr/0003).
    /// </summary>
    public void ProcessGone(SimMember machine, ulong memberId)
    {
        foreach (SimMember other in _world.Members)
        {
            bool reaches = !IsCut(machine, other) && !IsCut(other, machine);
            if (other != machine && reaches && other.Process is { IsOver: false, Member: not null } process && !_random.Chance(EndNotSeen))
                ReportGone(process, memberId);
        }
    }

    private void Deliver(SimProcess from, SimMember to, Link link, byte[] bytes)
    {
        long arrival = _world.Now + Delay();
        if (Chance(Quality.Reorder))
            arrival += (long)(_random.NextDouble() * 20 * (Quality.DelayMax - Quality.DelayMin));
        else
            link.LastArrival = arrival = Math.Max(arrival, link.LastArrival);
        ulong cluster = from.Transport.Local!.ClusterId;
        _world.At(arrival, () => Arrive(from, to, cluster, bytes));
    }

    private void Arrive(SimProcess from, SimMember to, ulong cluster, byte[] bytes)
    {
        if (to.Process is not { IsOver: false } process || process.Transport.Local is not { } local)
            return;
        process.Run(() =>
        {
            // The door of the real transport refuses other clusters; who a message is for is the member's own business.
            if (local.ClusterId != cluster)
                return;
            Message message = RaftCodec.ReadMessage(bytes);

            // The door judges by who sends, not by whom the message comes from: a proposal is passed on in its proposer's name.
            if (local.Members.WasRemoved(from.Transport.Local!.MemberId))
            {
                _world.After(Delay(), () => from.Run(from.Transport.Local!.ReportRemoved));
                return;
            }

            process.Transport.Meet(from.Transport.Local!.MemberId, from.Machine.PeerUrl);
            string? refusal = local.Receive(message);
            _world.Trace.Add(_world.Now, refusal is null ? TraceKind.Received : TraceKind.Dropped, to.Name, (long)message.From, (int)message.Type, message);
        });
    }

    private void ReportUnreachable(SimProcess from, ulong id) =>
        _world.After(Delay(), () => from.Run(() => from.Transport.Local!.ReportUnreachable(id)));

    private void ReportGone(SimProcess from, ulong id) =>
        _world.After(Delay(), () => from.Run(() => from.Transport.Local!.ReportGone(id)));

    private sealed class Link
    {
        public bool IsCut { get; set; }

        public long UpSince { get; set; }

        public long LastArrival { get; set; }
    }
}
