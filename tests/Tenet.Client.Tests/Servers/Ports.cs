using System.Net;
using System.Net.Sockets;

namespace Tenet.Client.Tests.Servers;

/// <summary>Free ports on the loopback address, below the range from which the system draws for outgoing connections.</summary>
internal static class Ports
{
    private static int s_next = 12_000 + (Environment.ProcessId * 7 % 7_000);

    public static int Next()
    {
        while (true)
        {
            int port = Interlocked.Increment(ref s_next);
            using TcpListener probe = new(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
