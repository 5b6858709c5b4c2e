namespace Tenet.Peer.Framing;

/// <summary>The first byte of a frame on the append stream.</summary>
internal static class AppendFrames
{
    public const byte LinkHeartbeat = 0;
    public const byte Continuation = 1;
    public const byte Whole = 2;
}
