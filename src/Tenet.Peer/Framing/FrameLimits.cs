namespace Tenet.Peer.Framing;

/// <summary>The largest sizes that are believed. A peer that announces more is cut off.</summary>
internal static class FrameLimits
{
    /// <summary>One frame of a stream, in bytes (contract/consensus.md, 4.4.1).</summary>
    public const long StreamFrameBytesMax = 512L << 20;

    /// <summary>The message in front of a snapshot's database, in bytes (contract/consensus.md, 4.6).</summary>
    public const long SnapshotMessageBytesMax = 64L << 20;

    /// <summary>The body of a single message, in bytes: no message is larger than a frame.</summary>
    public const long PostBytesMax = StreamFrameBytesMax;
}
