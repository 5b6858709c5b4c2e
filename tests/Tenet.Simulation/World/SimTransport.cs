using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Simulation.Worlds;

/// <summary>One process's end of the network.</summary>
internal sealed class SimTransport(SimProcess process) : IPeerTransport
{
    private readonly SortedDictionary<ulong, string> _urls = [];
    private readonly SortedDictionary<ulong, string> _remotes = [];
    private bool _stopped;

    public IPeerClient Client { get; } = new SimPeerClient(process);

    /// <summary>The member behind this end, once it has begun.</summary>
    public IPeerService? Local { get; private set; }

    private SimNetwork Network => process.World.Network;

    public void Start(IPeerService local) => Local = local;

    public void Update(ClusterView members)
    {
        _urls.Clear();
        foreach (ClusterMember member in members.Members)
            _urls[member.Id] = member.PeerUrls[0];
        foreach (ulong removed in members.Removed)
            _remotes.Remove(removed);
    }

    public void AddRemotes(IReadOnlyList<ClusterMember> members)
    {
        foreach (ClusterMember member in members)
            _remotes[member.Id] = member.PeerUrls[0];
    }

    /// <summary>A peer that is not known yet says where it is, as it does in the headers of its streams (contract/consensus.md, part 4).</summary>
    public void Meet(ulong id, string url)
    {
        if (!_urls.ContainsKey(id))
            _remotes[id] = url;
    }

    public void Send(IReadOnlyList<Message> messages)
    {
        if (_stopped)
            return;
        foreach (Message message in messages)
            Network.Send(process, Find(message.To), message);
    }

    public void Send(OutgoingSnapshot snapshot)
    {
        if (_stopped || Find(snapshot.Message.To) is not { } target)
        {
            snapshot.Dispose();
            return;
        }

        new SnapshotTransfer(process, target, snapshot).Begin();
    }

    public long? ConnectedSince(ulong memberId)
    {
        if (Find(memberId) is not { } target || Network.UpSince(process.Machine, target) is not { } since)
            return null;
        return process.Machine.Clock.GetTimestamp() - (process.World.Now - since);
    }

    public void Stop() => _stopped = true;

    private SimMember? Find(ulong id)
    {
        if (_urls.TryGetValue(id, out string? url) || _remotes.TryGetValue(id, out url))
            return process.World.FindByUrl(url);
        return null;
    }
}
