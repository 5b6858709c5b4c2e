using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Watching;

/// <summary>One answer to a watch. The last one may be only an error.</summary>
internal sealed record WatchNews(ResponseHeader? Header, IReadOnlyList<Event> Events)
{
    public long CompactRevision { get; init; }

    public bool Canceled { get; init; }

    public string CancelReason { get; init; } = "";

    /// <summary>Why the watch ended.</summary>
    public string Error { get; init; } = "";

    /// <summary>It only tells how far the watch has come.</summary>
    public bool IsProgress => Events.Count == 0 && !Canceled && CompactRevision == 0 && Header is { Revision: not 0 };
}
