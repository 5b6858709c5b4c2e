using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Peer.Framing;
using Tenet.Raft;
using Tenet.Server.Peers;

namespace Tenet.Peer.Sending;

/// <summary>
/// Everything between this member and one peer: two streams that it dials, two that the peer dials, the pipeline, snapshots, the prober
/// (contract/consensus.md, 4.10).
/// </summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private readonly PeerContext _context;
    private readonly IncomingStream[] _incoming;
    private readonly Pipeline _pipeline;
    private readonly SnapshotSender _snapshots;
    private readonly PeerProber _prober;
    private readonly Counter _sentFailures;
    private readonly Gauge _known;
    private readonly Lock _lock = new();
    private OutgoingStream? _appends;
    private OutgoingStream? _messages;
    private bool _stopped;
    private int _openIncoming;

    public PeerLink(PeerContext context, ulong memberId, IReadOnlyList<string> urls)
    {
        _context = context;
        MemberId = memberId;
        HexId = Peer.HexId.Text(memberId);
        Urls = new PeerUrls(urls);
        Activity = new PeerActivity(context, memberId);
        _sentFailures = context.Metrics.SentFailures.With(HexId);
        _known = context.Metrics.KnownPeers.With(context.LocalHexId, HexId);
        _known.Set(1);
        _pipeline = new Pipeline(context, memberId, Urls, Activity);
        _snapshots = new SnapshotSender(context, this);
        _prober = new PeerProber(context, this);
        _incoming = [new IncomingStream(context, this, StreamKind.Append), new IncomingStream(context, this, StreamKind.Message)];
    }

    public ulong MemberId { get; }

    public string HexId { get; }

    public PeerUrls Urls { get; }

    public PeerActivity Activity { get; }

    /// <summary>Whether the peer has dialled both streams.</summary>
    public bool HasStreams => Volatile.Read(ref _appends) is not null && Volatile.Read(ref _messages) is not null;

    /// <summary>Whether a stream from the peer is open, on which something may be yet that it sent.</summary>
    public bool MayReceive => Volatile.Read(ref _openIncoming) > 0;

    /// <summary>A stream from the peer is open.</summary>
    public void IncomingOpened() => Interlocked.Increment(ref _openIncoming);

    /// <summary>A stream from the peer has ended, and all that came on it was received.</summary>
    public void IncomingEnded() => Interlocked.Decrement(ref _openIncoming);

    /// <summary>Sends a message on the way that is open. What finds every queue full is dropped and reported.</summary>
    public void Send(Message message)
    {
        OutgoingStream? stream = message is AppendEntries ? Volatile.Read(ref _appends) ?? Volatile.Read(ref _messages) : Volatile.Read(ref _messages);
        if (stream?.TrySend(message) ?? _pipeline.TrySend(message))
            return;
        _sentFailures.Increment();
        _context.Log.Debug("dropped internal Raft message since sending buffer is full", new("remote-peer-id", HexId), new("message-type", message.Type.ToString()));
        _context.Local.ReportUnreachable(MemberId);
    }

    /// <summary>Sends a snapshot in the background and disposes of it.</summary>
    public void Send(OutgoingSnapshot snapshot) => _snapshots.Send(snapshot);

    /// <summary>The peer has dialled: from now on its messages go this way, and the connection before is closed.</summary>
    /// <returns>False if it is no peer any more.</returns>
    public bool Attach(OutgoingStream stream)
    {
        OutgoingStream? before;
        lock (_lock)
        {
            if (_stopped)
                return false;
            before = stream.Kind == StreamKind.Append ? _appends : _messages;
            Set(stream.Kind, stream);
        }
        before?.Close();
        Activity.Activate();
        _context.Log.Info(
            "set message encoder", new("from", _context.LocalHexId), new("to", HexId), new("stream-type", stream.Kind.Name()));
        return true;
    }

    /// <summary>Nothing is sent on this connection any more.</summary>
    /// <returns>False if another had taken its place already.</returns>
    public bool Detach(OutgoingStream stream)
    {
        stream.Close();
        lock (_lock)
        {
            if ((stream.Kind == StreamKind.Append ? _appends : _messages) != stream)
                return false;
            Set(stream.Kind, null);
            return true;
        }
    }

    /// <summary>A connection broke while it was in use: its peer is not reached.</summary>
    public void Lost(OutgoingStream stream, string problem)
    {
        _context.Log.Warn(
            "lost TCP streaming connection with remote peer",
            new("stream-writer-type", stream.Kind.Name()),
            new("local-member-id", _context.LocalHexId),
            new("remote-peer-id", HexId),
            new("error", problem));
        Activity.Deactivate("write", stream.Kind.Name(), problem);
        _context.Local.ReportUnreachable(MemberId);
    }

    /// <summary>Called several times a second.</summary>
    public void Watch(long now)
    {
        foreach (IncomingStream stream in _incoming)
            stream.Watch(now);
        Volatile.Read(ref _appends)?.Watch(now);
        Volatile.Read(ref _messages)?.Watch(now);
    }

    /// <summary>Ends everything between the two.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _stopped = true;
            _appends?.Close();
            _messages?.Close();
            Set(StreamKind.Append, null);
            Set(StreamKind.Message, null);
        }
        IAsyncDisposable[] parts = [_pipeline, _snapshots, _prober, .. _incoming];
        await Task.WhenAll(parts.Select(static part => part.DisposeAsync().AsTask()));
        _known.Set(0);
        Activity.Forget();
        _context.Log.Info("stopped remote peer", new LogField("remote-peer-id", HexId));
    }

    private void Set(StreamKind kind, OutgoingStream? stream)
    {
        if (kind == StreamKind.Append)
            Volatile.Write(ref _appends, stream);
        else
            Volatile.Write(ref _messages, stream);
    }
}
