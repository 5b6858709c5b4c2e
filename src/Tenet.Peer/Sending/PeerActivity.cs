using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;

namespace Tenet.Peer.Sending;

/// <summary>Whether a peer can be reached, and since when.</summary>
internal sealed class PeerActivity
{
    private readonly PeerContext _context;
    private readonly string _hexId;
    private readonly Gauge _active;
    private readonly Counter _disconnected;
    private readonly Lock _lock = new();
    private long? _since;

    public PeerActivity(PeerContext context, ulong peer)
    {
        _context = context;
        _hexId = HexId.Text(peer);
        _active = context.Metrics.ActivePeers.With(context.LocalHexId, _hexId);
        _disconnected = context.Metrics.DisconnectedPeers.With(context.LocalHexId, _hexId);
    }

    /// <summary>Since when, as a timestamp of the clock; null if it cannot be reached.</summary>
    public long? Since
    {
        get
        {
            lock (_lock)
                return _since;
        }
    }

    /// <summary>Something reached it.</summary>
    public void Activate()
    {
        lock (_lock)
        {
            if (_since is not null)
                return;
            _since = _context.Clock.GetTimestamp();
            _active.Set(1);
        }
        _context.Log.Info("peer became active", new LogField("peer-id", _hexId));
    }

    /// <summary>Something did not reach it.</summary>
    /// <param name="action">What was tried: dial, read, write.</param>
    /// <param name="source">On which way.</param>
    /// <param name="reason">Why it failed.</param>
    public void Deactivate(string action, string source, string reason)
    {
        lock (_lock)
        {
            if (_since is null)
                return;
            _since = null;
            _active.Set(0);
            _disconnected.Increment();
        }
        _context.Log.Warn(
            "peer became inactive (message send to peer failed)",
            new("peer-id", _hexId),
            new("error", $"failed to {action} {_hexId} on {source} ({reason})"));
    }

    /// <summary>It is no peer any more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _since = null;
            _active.Set(0);
        }
    }
}
