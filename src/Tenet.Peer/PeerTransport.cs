using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Peer.Sending;
using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Peer;

/// <summary>
/// The way to the other members over etcd's peer protocol (contract/consensus.md, part 4). A <see cref="PeerServer"/> is its other half: it
/// answers what peers ask, and hands over the connections on which they want to be sent messages.
/// </summary>
public sealed class PeerTransport : IPeerTransport
{
    /// <summary>Senders outside the configuration that are remembered: a cluster has few, and strangers must not fill the memory.</summary>
    private const int RemotesMax = 64;

    /// <summary>How often connections are looked at for silence.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly HttpMessageInvoker _streams;
    private readonly HttpMessageInvoker _requests;
    private readonly PeerMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly List<Task> _stopping = [];
    private PeerContext? _context;
    private PeerLink[] _links = [];
    private RemoteLink[] _remotes = [];
    private ITimer? _watch;
    private bool _stopped;

    /// <summary>Connects to nobody yet.</summary>
    public PeerTransport(PeerTransportOptions options)
    {
        Options = options;
        _metrics = new PeerMetrics(options.Metrics);
        _streams = PeerConnections.ForStreams(options);
        _requests = PeerConnections.ForRequests(options);
        Client = new PeerClient(_requests);
    }

    /// <inheritdoc/>
    public IPeerClient Client { get; }

    internal PeerTransportOptions Options { get; }

    /// <summary>Whether a peer URL is one that members can dial. A socket file must be named as <c>unix://HOST:PORT</c>, which is a file of that name.</summary>
    public static bool CanDial(string url) => PeerConnections.Target(url, "") is not null;

    /// <summary>The member behind this end; null until it exists and after it has stopped.</summary>
    internal PeerContext? Context => Volatile.Read(ref _stopped) ? null : Volatile.Read(ref _context);

    /// <inheritdoc/>
    public void Start(IPeerService local)
    {
        lock (_lock)
        {
            Invariant.That(_context is null, $"the transport of {local.MemberId:x} is started twice");
            _watch = Options.Clock.CreateTimer(static transport => ((PeerTransport)transport!).Watch(), this, WatchInterval, WatchInterval);
            Volatile.Write(ref _context, new PeerContext(local, Options, _metrics, _streams, _requests));
        }
    }

    /// <inheritdoc/>
    public void Update(ClusterView members)
    {
        lock (_lock)
        {
            if (_stopped || _context is not { } context)
                return;
            List<PeerLink> next = [];
            foreach (ClusterMember member in members.Members)
            {
                if (member.Id == context.Local.MemberId)
                    continue;
                if (UsableUrls(member.PeerUrls) is not { Count: > 0 } urls)
                {
                    context.Log.Warn("no peer URL of a member can be dialled", new("remote-peer-id", member.HexId), new("remote-peer-urls", member.PeerUrls));
                    continue;
                }
                if (Find(member.Id) is { } known)
                {
                    known.Urls.Update(urls);
                    next.Add(known);
                    continue;
                }
                next.Add(new PeerLink(context, member.Id, urls));
                context.Log.Info("added remote peer", new("local-member-id", context.LocalHexId), new("remote-peer-id", member.HexId), new("remote-peer-urls", urls));
            }
            foreach (PeerLink link in _links)
            {
                if (next.Contains(link))
                    continue;
                _stopping.RemoveAll(static task => task.IsCompleted);
                _stopping.Add(EndAsync(link));
                context.Log.Info("removed remote peer", new("local-member-id", context.LocalHexId), new("removed-remote-peer-id", link.HexId));
            }
            Volatile.Write(ref _links, [.. next]);
        }
    }

    /// <inheritdoc/>
    public void AddRemotes(IReadOnlyList<ClusterMember> members)
    {
        foreach (ClusterMember member in members)
            AddRemote(member.Id, member.PeerUrls);
    }

    /// <inheritdoc/>
    public void Send(IReadOnlyList<Message> messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            Message message = messages[i];
            if (message.To == 0)
                continue;
            if (Find(message.To) is { } link)
                link.Send(message);
            else
                FindRemote(message.To)?.Send(message);
        }
    }

    /// <inheritdoc/>
    public void Send(OutgoingSnapshot snapshot)
    {
        if (Find(snapshot.Message.To) is { } link)
        {
            link.Send(snapshot);
            return;
        }
        snapshot.Dispose();
        Context?.Local.ReportSnapshot(snapshot.Message.To, delivered: false);
    }

    /// <inheritdoc/>
    public long? ConnectedSince(ulong memberId) => Find(memberId)?.Activity.Since;

    /// <inheritdoc/>
    public void Stop()
    {
        Task[] stopping;
        lock (_lock)
        {
            if (_stopped)
                return;
            Volatile.Write(ref _stopped, true);
            _watch?.Dispose();
            foreach (PeerLink link in _links)
                _stopping.Add(EndAsync(link));
            foreach (RemoteLink remote in _remotes)
                _stopping.Add(EndAsync(remote));
            Volatile.Write(ref _links, []);
            Volatile.Write(ref _remotes, []);
            stopping = [.. _stopping];
        }
        Stopped = Task.WhenAll(stopping);
    }

    /// <summary>Completes when the last connection has ended after <see cref="Stop"/>.</summary>
    internal Task Stopped { get; private set; } = Task.CompletedTask;

    /// <summary>The peer of this id, or null.</summary>
    internal PeerLink? Find(ulong memberId)
    {
        foreach (PeerLink link in Volatile.Read(ref _links))
        {
            if (link.MemberId == memberId)
                return link;
        }
        return null;
    }

    /// <summary>Remembers how to reach a member that is not in the configuration applied here.</summary>
    internal void AddRemote(ulong memberId, IReadOnlyList<string> urls)
    {
        lock (_lock)
        {
            if (_stopped || _context is not { } context || memberId == 0 || memberId == context.Local.MemberId)
                return;
            if (Find(memberId) is not null || FindRemote(memberId) is not null || _remotes.Length >= RemotesMax)
                return;
            if (UsableUrls(urls) is { Count: > 0 } usable)
                Volatile.Write(ref _remotes, [.. _remotes, new RemoteLink(context, memberId, usable)]);
        }
    }

    private RemoteLink? FindRemote(ulong memberId)
    {
        foreach (RemoteLink remote in Volatile.Read(ref _remotes))
        {
            if (remote.MemberId == memberId)
                return remote;
        }
        return null;
    }

    /// <summary>The URLs that can be dialled. What a stranger claims as its URL is not an error of this member.</summary>
    private static List<string> UsableUrls(IReadOnlyList<string> urls) =>
        [.. urls.Where(CanDial).Select(static url => url.Trim().TrimEnd('/'))];

    /// <summary>In the background: whoever changes the configuration does not wait for connections.</summary>
    private static Task EndAsync(IAsyncDisposable link) => Task.Run(async () => await link.DisposeAsync());

    private void Watch()
    {
        long now = Options.Clock.GetTimestamp();
        foreach (PeerLink link in Volatile.Read(ref _links))
            link.Watch(now);
    }
}
