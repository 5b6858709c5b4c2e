using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Tenet.Transport.Listening;

/// <summary>Makes the sockets that listen.</summary>
public static class ListenSocket
{
    // Of the ABI of Linux on all that .NET runs on; .NET's own names mean both options at once.
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int ReusePort = 15;

    /// <summary>A socket bound to an address.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    /// <exception cref="PlatformNotSupportedException">The system has no such options.</exception>
    public static Socket Bind(EndPoint endPoint, SocketReuse reuse)
    {
        if (endPoint is not IPEndPoint address || reuse == SocketReuse.None)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("listening addresses can be reused on Linux only");
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            if (reuse.Address)
                socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            if (reuse.Port)
                socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
