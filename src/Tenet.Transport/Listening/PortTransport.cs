using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.Listening;

/// <summary>Kestrel's view of ports: it accepts what they have opened.</summary>
public sealed class PortTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is PortEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener((PortEndPoint)endpoint));

    private sealed class Listener(PortEndPoint endPoint) : IConnectionListener
    {
        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await endPoint.Connections.WaitToReadAsync(cancellationToken))
            {
                if (endPoint.Connections.TryRead(out ConnectionContext? connection))
                    return connection;
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => endPoint.UnbindAsync();

        public ValueTask DisposeAsync() => endPoint.UnbindAsync();
    }
}
