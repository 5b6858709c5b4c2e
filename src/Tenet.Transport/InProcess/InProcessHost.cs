using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.InProcess;

/// <summary>One host of an <see cref="InProcessNetwork"/>: it listens and dials, until it is unplugged for good.</summary>
public sealed class InProcessHost : IConnectionListenerFactory
{
    private readonly InProcessNetwork _network;
    private int _unplugged;

    internal InProcessHost(InProcessNetwork network, IPAddress address)
    {
        _network = network;
        Address = address;
    }

    /// <summary>Its address.</summary>
    public IPAddress Address { get; }

    internal bool IsUnplugged => Volatile.Read(ref _unplugged) == 1;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(_network.Listen(this, (IPEndPoint)endpoint));

    /// <summary>Connects to a listener. Disposing the stream closes the connection.</summary>
    /// <param name="address">The other host's address.</param>
    /// <param name="port">Where it listens.</param>
    /// <exception cref="SocketException">Nobody listens there, or the way is cut.</exception>
    public Stream Connect(string address, int port) =>
        IPAddress.TryParse(address, out IPAddress? host)
            ? _network.Connect(this, new IPEndPoint(host, port))
            : throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>Takes the host off its network at once, as when its power fails: what it had to say and has not said is lost.</summary>
    public void Unplug()
    {
        // Once: the next host of this address is none of its business.
        if (Interlocked.Exchange(ref _unplugged, 1) == 0)
            _network.Unplug(this);
    }
}
