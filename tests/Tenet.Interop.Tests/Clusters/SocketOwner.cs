using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Finds out which member's process dialled a connection, from the system's own tables.</summary>
internal static class SocketOwner
{
    /// <summary>The member's name, or null if the dialler is none of them or has hung up already.</summary>
    public static string? Of(Socket accepted, IReadOnlyList<ClusterMember> members)
    {
        if (accepted.RemoteEndPoint is not IPEndPoint dialler || accepted.LocalEndPoint is not IPEndPoint relay)
            return null;
        if (Inode(dialler.Port, relay.Port) is not { } inode)
            return null;
        string wanted = $"socket:[{inode}]";
        foreach (ClusterMember member in members)
        {
            if (member.IsRunning && Holds(member.Program.Id, wanted))
                return member.Name;
        }
        return null;
    }

    /// <summary>The socket with these two ports; both tables are looked at, because a socket for both address families stands in the second.</summary>
    private static string? Inode(int localPort, int remotePort)
    {
        string local = $":{localPort:X4}";
        string remote = $":{remotePort:X4}";
        foreach (string table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            foreach (string line in File.ReadLines(table).Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[1].EndsWith(local, StringComparison.Ordinal) && fields[2].EndsWith(remote, StringComparison.Ordinal))
                    return fields[9];
            }
        }
        return null;
    }

    private static bool Holds(int processId, string wanted)
    {
        try
        {
            foreach (string entry in Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd")))
            {
                if (new FileInfo(entry).LinkTarget == wanted)
                    return true;
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The process ended meanwhile, or closed the file that was looked at.
        }
        return false;
    }
}
