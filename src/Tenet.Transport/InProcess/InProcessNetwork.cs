using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.InProcess;

/// <summary>
/// A network of its own within the process: hosts with addresses, listeners and connections, and no socket anywhere. What is spoken on it is
/// what would be spoken between machines. Its links can be cut, and its hosts unplugged.
/// </summary>
public sealed class InProcessNetwork
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPEndPoint, InProcessListener> _listeners = [];
    private readonly HashSet<InProcessConnection> _connections = [];
    private Dictionary<IPAddress, int> _sides = [];
    private int _lastPort;

    /// <summary>Plugs a host in. The one that had the address before should be unplugged.</summary>
    public InProcessHost AddHost(IPAddress address) => new(this, address);

    /// <summary>
    /// Cuts the network into sides. Hosts reach those of their own side; a host that no side names reaches all. Connections across a cut are
    /// reset, and none comes about any more.
    /// </summary>
    public void Partition(IReadOnlyList<IReadOnlyCollection<IPAddress>> sides)
    {
        Dictionary<IPAddress, int> next = [];
        for (int side = 0; side < sides.Count; side++)
        {
            foreach (IPAddress host in sides[side])
                next[host] = side;
        }
        lock (_gate)
            _sides = next;
        Reset(connection => !Reaches(next, connection.From.Address, connection.To.Address));
    }

    /// <summary>Joins the sides again.</summary>
    public void Heal() => Partition([]);

    internal IConnectionListener Listen(InProcessHost host, IPEndPoint at)
    {
        lock (_gate)
        {
            if (host.IsUnplugged)
                throw new SocketException((int)SocketError.NetworkDown);
            if (at.Port == 0)
                at = new IPEndPoint(at.Address, NextPort());
            InProcessListener listener = new(at, gone => Forget(gone));
            return _listeners.TryAdd(at, listener) ? listener : throw new AddressInUseException($"{at} is in use");
        }
    }

    internal Stream Connect(InProcessHost host, IPEndPoint to)
    {
        InProcessConnection connection;
        lock (_gate)
        {
            if (host.IsUnplugged)
                throw new SocketException((int)SocketError.NetworkDown);
            if (!Reaches(_sides, host.Address, to.Address))
                throw new SocketException((int)SocketError.HostUnreachable);
            if (!_listeners.TryGetValue(to, out InProcessListener? listener))
                throw new SocketException((int)SocketError.ConnectionRefused);
            connection = new InProcessConnection(host, new IPEndPoint(host.Address, NextPort()), to, Forget);
            if (!listener.TryOffer(connection))
                throw new SocketException((int)SocketError.ConnectionRefused);
            _connections.Add(connection);
        }
        return connection.Client;
    }

    /// <summary>Takes a host off: its listeners are gone, its connections reset.</summary>
    internal void Unplug(InProcessHost host)
    {
        lock (_gate)
        {
            foreach ((IPEndPoint at, _) in _listeners.Where(listener => listener.Key.Address.Equals(host.Address)).ToArray())
                _listeners.Remove(at);
        }
        Reset(connection => connection.Host == host || connection.To.Address.Equals(host.Address));
    }

    private void Reset(Func<InProcessConnection, bool> which)
    {
        InProcessConnection[] reset;
        lock (_gate)
            reset = [.. _connections.Where(which)];
        foreach (InProcessConnection connection in reset)
            connection.Reset();
    }

    private void Forget(InProcessConnection connection)
    {
        lock (_gate)
            _connections.Remove(connection);
    }

    /// <summary>A listener that stops may have been unplugged long ago, and another one may have its address.</summary>
    private void Forget(InProcessListener listener)
    {
        lock (_gate)
        {
            if (_listeners.GetValueOrDefault(listener.At) == listener)
                _listeners.Remove(listener.At);
        }
    }

    private static bool Reaches(Dictionary<IPAddress, int> sides, IPAddress from, IPAddress to) =>
        !sides.TryGetValue(from, out int left) || !sides.TryGetValue(to, out int right) || left == right;

    /// <summary>Ports that the system would choose: above those that services have.</summary>
    private int NextPort() => 32768 + _lastPort++ % 28232;
}
