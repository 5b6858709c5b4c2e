using Tenet.Raft;

namespace Tenet.Peer.Framing;

/// <summary>The two streams from one member to another (contract/consensus.md, 4.4).</summary>
internal enum StreamKind
{
    /// <summary>Everything but appends.</summary>
    Message,

    /// <summary>Appends of the leader, in the form that etcd calls msgappv2.</summary>
    Append,
}

/// <summary>What the kinds of stream are called and how they are framed.</summary>
internal static class StreamKinds
{
    /// <summary>The path on which the stream is asked for, without the member.</summary>
    public static string Path(this StreamKind kind) => kind == StreamKind.Append ? "/raft/stream/msgapp" : "/raft/stream/message";

    /// <summary>The name in log lines.</summary>
    public static string Name(this StreamKind kind) => kind == StreamKind.Append ? "stream MsgApp v2" : "stream Message";

    /// <summary>Writes the frames of one connection.</summary>
    public static FrameWriter Writer(this StreamKind kind) => kind == StreamKind.Append ? new AppendFrameWriter() : new MessageFrameWriter();

    /// <summary>Reads the frames of one connection.</summary>
    public static FrameReader Reader(this StreamKind kind, FrameSource source, ulong local, ulong remote) =>
        kind == StreamKind.Append ? new AppendFrameReader(source, local, remote) : new MessageFrameReader(source);
}

/// <summary>Writes the frames of one connection.</summary>
internal abstract class FrameWriter
{
    /// <summary>Adds a message.</summary>
    public abstract void Write(Message message, FrameBuffer buffer);

    /// <summary>Adds the sign of life that an idle connection needs.</summary>
    public abstract void WriteHeartbeat(FrameBuffer buffer);
}

/// <summary>Reads the frames of one connection.</summary>
internal abstract class FrameReader
{
    /// <summary>The next message; null for a sign of life.</summary>
    /// <exception cref="IOException">The connection broke, or what came is no frame.</exception>
    /// <exception cref="Tenet.Raft.Wire.RaftWireException">What came is no message.</exception>
    public abstract ValueTask<Message?> ReadAsync(CancellationToken cancellation);
}
