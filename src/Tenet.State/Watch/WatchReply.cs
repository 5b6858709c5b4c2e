using System.Buffers;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Watch;

/// <summary>
/// One response on a watch stream, its events already encoded and shared with other responses. <see cref="WatchReplyCodec"/> writes it.
/// A value, so that a thousand watchers of one key cost room in their streams' queues and nothing for the collector.
/// </summary>
public readonly record struct WatchReply
{
    internal WatchReply(long watchId, long revision)
    {
        WatchId = watchId;
        Revision = revision;
    }

    /// <summary>Whom it is for; −1 for none in particular.</summary>
    public long WatchId { get; }

    /// <summary>The store revision in the header; 0 in the response that cancels a watcher of compacted history.</summary>
    public long Revision { get; }

    /// <summary>The header's cluster.</summary>
    public ulong ClusterId { get; internal init; }

    /// <summary>The header's member.</summary>
    public ulong MemberId { get; internal init; }

    /// <summary>The header's term.</summary>
    public ulong RaftTerm { get; internal init; }

    /// <summary>Whether it answers a create request.</summary>
    public bool Created { get; internal init; }

    /// <summary>Whether the watcher gets nothing more.</summary>
    public bool Canceled { get; internal init; }

    /// <summary>The compact revision that a canceled watcher ran into, or 0.</summary>
    public long CompactRevision { get; internal init; }

    /// <summary>Why, in words; null if there is nothing to say.</summary>
    public string? CancelReason { get; internal init; }

    /// <summary>Whether more pieces of the same response follow.</summary>
    public bool Fragment { get; internal init; }

    /// <summary>How many events it carries.</summary>
    public int EventCount => Events.Count;

    internal ArraySegment<WatchEvent> Events { get; init; }

    /// <summary>Whether the events go out with the pairs that they replaced.</summary>
    internal bool WithPrevious { get; init; }

    /// <summary>Whether the watcher allows to have it in pieces.</summary>
    internal bool MayBeFragmented { get; init; }

    /// <summary>Bytes of the events without previous pairs: what the stream's bound counts.</summary>
    internal long EventBytes { get; init; }

    /// <summary>Whether it carries no events: it answers a request, or notifies of progress or cancellation.</summary>
    internal bool IsAnswer => Events.Count == 0;

    /// <summary>The same as a generated message, for doors that do not write protobuf.</summary>
    public WatchResponse ToMessage()
    {
        var bytes = new ArrayBufferWriter<byte>();
        WatchReplyCodec.Instance.Write(this, bytes);
        return WatchResponse.Parser.ParseFrom(bytes.WrittenSpan);
    }
}
