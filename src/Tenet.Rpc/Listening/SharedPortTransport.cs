using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Rpc.Listening;

/// <summary>Kestrel's view of the shared ports: binding one half of a port yields the listener of that half.</summary>
internal sealed class SharedPortTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is VirtualEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var half = (VirtualEndPoint)endpoint;
        return new ValueTask<IConnectionListener>(new VirtualListener(half, half.Port.Connections(half.Protocol)));
    }
}
