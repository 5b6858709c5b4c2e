namespace Tenet.Peer.Framing;

/// <summary>A peer sent what is no frame. The connection ends; the next one starts afresh.</summary>
internal sealed class FrameException(string message) : IOException(message)
{
    /// <summary>A length beyond what is believed, in etcd's words.</summary>
    public static FrameException LimitExceeded() => new("rafthttp: error limit exceeded");
}
