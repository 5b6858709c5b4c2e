using System.Net;
using System.Net.Sockets;

namespace Tenet.Interop.Tests.Processes;

/// <summary>A directory for one test, gone afterwards.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tenet-interop-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Copies a directory as it lies, holes of preallocated files included.</summary>
    public static async Task CopyAsync(string source, string target)
    {
        ToolResult copied = await Tool.RunAsync("cp", ["-a", "--sparse=always", source, target]);
        Assert.True(copied.ExitCode == 0, copied.Errors);
    }
}

/// <summary>Free ports on the loopback address.</summary>
internal static class Ports
{
    // Below the range from which the system draws for outgoing connections, so that none of those takes a port meanwhile.
    private static int s_next = 20_000 + Environment.ProcessId * 7 % 9_000;

    public static int Next()
    {
        while (true)
        {
            int port = Interlocked.Increment(ref s_next);
            if (port > 32_000)
            {
                Interlocked.CompareExchange(ref s_next, 20_000, port);
                continue;
            }
            try
            {
                using TcpListener probe = new(IPAddress.Loopback, port);
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
