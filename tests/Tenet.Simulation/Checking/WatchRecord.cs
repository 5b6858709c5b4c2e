using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Simulation.Checking;

/// <summary>
/// One watcher on one stream: what it asked for and what it was sent, in order. A client that resumes after a broken stream opens a new
/// record that starts where the old one ended.
/// </summary>
internal sealed class WatchRecord
{
    /// <summary>The request; its watch id may be 0, then the responses say it.</summary>
    public required WatchCreateRequest Request { get; init; }

    /// <summary>The member that served it; for messages only.</summary>
    public ulong Member { get; init; }

    /// <summary>
    /// Every response for this watcher in the order of arrival, from the one that says <c>created</c> on; also the stream's progress
    /// responses to nobody in particular (watch id −1) that came while this watcher stood on the stream.
    /// </summary>
    public List<WatchResponse> Responses { get; } = [];

    /// <summary>The revision by which a healed cluster must have sent it everything; 0 if its stream broke, it was cancelled, or it had no time to.</summary>
    public long MustReach { get; set; }
}
