using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Members;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Tests.Cluster;

/// <summary>Carries messages between members of one test, in order, when the test says so.</summary>
internal sealed class TestNetwork(TimeProvider clock)
{
    private readonly SortedDictionary<ulong, Port> _ports = [];
    private readonly Queue<(ulong From, Message Message)> _messages = new();
    private readonly Queue<(ulong From, OutgoingSnapshot Snapshot)> _snapshots = new();

    /// <summary>Whether what goes from one member to another arrives.</summary>
    public Func<ulong, ulong, bool> Connects { get; set; } = static (_, _) => true;

    /// <summary>What a test wants to lose.</summary>
    public Predicate<Message> Loses { get; set; } = static _ => false;

    /// <summary>Snapshots wait for <see cref="DeliverSnapshots"/>.</summary>
    public bool HoldsSnapshots { get; set; }

    /// <summary>Snapshots that have arrived.</summary>
    public int SnapshotsDelivered { get; private set; }

    public IPeerTransport NewPort() => new Port(this, clock);

    /// <summary>The member has gone, or its power has.</summary>
    public void Unplug(ulong member)
    {
        if (_ports.Remove(member, out Port? port))
            port.Stop();
    }

    /// <summary>Hands over everything that was sent before the call.</summary>
    public bool Deliver()
    {
        int count = _messages.Count;
        for (int i = 0; i < count; i++)
        {
            (ulong from, Message message) = _messages.Dequeue();
            if (Loses(message))
                continue;
            Port? sender = _ports.GetValueOrDefault(from);
            if (Reach(from, message.To) is not { } receiver)
                sender?.Local.ReportUnreachable(message.To);
            else if (receiver.Receive(message) == "cannot process message from removed member")
                sender?.Local.ReportRemoved();
        }

        return (!HoldsSnapshots && DeliverSnapshots()) || count > 0;
    }

    public bool DeliverSnapshots()
    {
        int count = _snapshots.Count;
        for (int i = 0; i < count; i++)
        {
            (ulong from, OutgoingSnapshot snapshot) = _snapshots.Dequeue();
            bool delivered = false;
            try
            {
                delivered = Reach(from, snapshot.Message.To) is { } receiver && Copy(snapshot, receiver);
            }
            finally
            {
                snapshot.Dispose();
                if (_ports.TryGetValue(from, out Port? sender))
                    sender.Local.ReportSnapshot(snapshot.Message.To, delivered);
            }
        }

        return count > 0;
    }

    private bool Copy(OutgoingSnapshot snapshot, IPeerService receiver)
    {
        using IncomingSnapshot incoming = receiver.Receive(snapshot.Message);
        var buffer = new byte[10_000];
        for (int read = snapshot.Image.Read(buffer); read > 0; read = snapshot.Image.Read(buffer))
            incoming.Write(buffer.AsSpan(0, read));
        incoming.Complete();
        SnapshotsDelivered++;
        return true;
    }

    private IPeerService? Reach(ulong from, ulong to) =>
        _ports.TryGetValue(from, out Port? sender) && sender.Knows(to) && _ports.TryGetValue(to, out Port? receiver) && Connects(from, to) ? receiver.Local : null;

    private sealed class Port(TestNetwork network, TimeProvider clock) : IPeerTransport
    {
        private readonly SortedDictionary<ulong, long> _since = [];
        private IPeerService? _local;

        public IPeerService Local => _local!;

        public IPeerClient Client => new Questions(network);

        public bool Knows(ulong member) => _since.ContainsKey(member);

        public void Start(IPeerService local)
        {
            _local = local;
            network._ports[local.MemberId] = this;
        }

        public void Update(ClusterView members)
        {
            foreach (ulong gone in _since.Keys.Where(id => members.Find(id) is null).ToArray())
                _since.Remove(gone);
            foreach (ClusterMember member in members.Members)
            {
                if (member.Id != Local.MemberId)
                    _since.TryAdd(member.Id, clock.GetTimestamp());
            }
        }

        public void AddRemotes(IReadOnlyList<ClusterMember> members)
        {
            foreach (ClusterMember member in members)
                _since.TryAdd(member.Id, clock.GetTimestamp());
        }

        public void Send(IReadOnlyList<Message> messages)
        {
            foreach (Message message in messages)
                network._messages.Enqueue((Local.MemberId, message));
        }

        public void Send(OutgoingSnapshot snapshot) => network._snapshots.Enqueue((Local.MemberId, snapshot));

        public long? ConnectedSince(ulong memberId) =>
            _since.TryGetValue(memberId, out long since) && network._ports.ContainsKey(memberId)
                && network.Connects(Local.MemberId, memberId) && network.Connects(memberId, Local.MemberId)
                ? since
                : null;

        public void Stop() => network._ports.Remove(Local.MemberId);
    }

    private sealed class Questions(TestNetwork network) : IPeerClient
    {
        public Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation)
        {
            IPeerService member = At(url);
            return Task.FromResult(new PeerMembership(member.ClusterId, member.Members.Members));
        }

        public Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation) =>
            Task.FromResult(new PeerVersions(Version.Parse(MemberOptions.ServerVersion), At(url).Members.ClusterVersion));

        public Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation) => Task.FromResult(At(url).Members.Downgrade.Enabled);

        public Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation) => Task.FromResult(At(url).HashKv(revision));

        public Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation) => At(url).RenewLeaseAsync(id, cancellation).AsTask();

        public async Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation) =>
            await At(url).GetLeaseAsync(request, cancellation) ?? throw EtcdErrors.LeaseNotFound.ToException();

        public Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation) =>
            At(url).PromoteAsync(id, token, cancellation).AsTask();

        private IPeerService At(string url) =>
            network._ports.Values.FirstOrDefault(port => port.Local.AdvertisedUrls.Contains(url))?.Local ?? throw new PeerRequestException($"{url}: nobody is there");
    }
}
