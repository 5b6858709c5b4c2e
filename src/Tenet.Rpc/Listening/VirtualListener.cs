using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Rpc.Listening;

/// <summary>Hands Kestrel the connections of one protocol of a shared port.</summary>
internal sealed class VirtualListener(VirtualEndPoint endPoint, ChannelReader<ConnectionContext> connections) : IConnectionListener
{
    public EndPoint EndPoint => endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await connections.WaitToReadAsync(cancellationToken))
        {
            if (connections.TryRead(out ConnectionContext? connection))
                return connection;
        }
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => endPoint.Port.UnbindAsync();

    public ValueTask DisposeAsync() => endPoint.Port.UnbindAsync();
}
