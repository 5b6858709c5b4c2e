using Tenet.Foundation.Logging;
using Tenet.Server.Peers;

namespace Tenet.Peer.Sending;

/// <summary>What everything that belongs to one transport shares.</summary>
/// <param name="Local">The member at this end.</param>
/// <param name="Options">What the transport was told.</param>
/// <param name="Metrics">Its metrics.</param>
/// <param name="Streams">Connections for streams.</param>
/// <param name="Requests">Connections for requests.</param>
internal sealed record PeerContext(
    IPeerService Local, PeerTransportOptions Options, PeerMetrics Metrics, HttpMessageInvoker Streams, HttpMessageInvoker Requests)
{
    public ILog Log => Options.Log;

    public TimeProvider Clock => Options.Clock;

    public string LocalHexId { get; } = HexId.Text(Local.MemberId);

    /// <summary>A time span in timestamps of the clock.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Clock.TimestampFrequency);
}
