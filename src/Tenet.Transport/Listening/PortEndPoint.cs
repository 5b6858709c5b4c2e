using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.Listening;

/// <summary>What Kestrel binds instead of a socket: the connections of a port that speak one protocol.</summary>
/// <param name="name">What Kestrel's own lines call it.</param>
/// <param name="connections">The connections, opened.</param>
/// <param name="unbind">Stops the port behind it; called more than once.</param>
public sealed class PortEndPoint(string name, ChannelReader<ConnectionContext> connections, Func<ValueTask> unbind) : EndPoint
{
    internal ChannelReader<ConnectionContext> Connections { get; } = connections;

    /// <inheritdoc/>
    public override string ToString() => name;

    internal ValueTask UnbindAsync() => unbind();
}
