using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Tenet.Client.Discovery;

/// <summary>Asks the system's DNS servers for SRV records: over UDP, and over TCP if the answer is too long for that.</summary>
/// <param name="servers">The servers, asked in this order.</param>
/// <param name="timeout">How long each try may take.</param>
public sealed class SrvRecords(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout)
{
    private const int Port = 53;
    private const int UdpBytesMax = 4096;
    private const int NameDoesNotExist = 3;
    private const int Rounds = 2;

    /// <summary>With the servers that <c>/etc/resolv.conf</c> names, or the local one.</summary>
    /// <param name="configuration">The file.</param>
    public static SrvRecords OfSystem(string configuration = "/etc/resolv.conf")
    {
        string[] lines = File.Exists(configuration) ? File.ReadAllLines(configuration) : [];
        List<IPEndPoint> servers = [];
        foreach (string line in lines)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out IPAddress? address))
                servers.Add(new IPEndPoint(address, Port));
        }

        return new SrvRecords(servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, Port)], TimeSpan.FromSeconds(5));
    }

    /// <summary>Where the members of a domain's cluster serve clients. One of the two services suffices.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="serviceName">What follows the services' names, behind a dash; empty for nothing.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="IOException">There are records of neither service.</exception>
    public async Task<ClusterServices> FindClusterAsync(string domain, string serviceName, CancellationToken cancellation)
    {
        string suffix = serviceName.Length > 0 ? "-" + serviceName : "";
        (IReadOnlyList<DnsService> secure, string? secureProblem) = await TryFindAsync($"_etcd-client-ssl{suffix}._tcp.{domain}", cancellation).ConfigureAwait(false);
        (IReadOnlyList<DnsService> plain, string? plainProblem) = await TryFindAsync($"_etcd-client{suffix}._tcp.{domain}", cancellation).ConfigureAwait(false);
        return secureProblem is null || plainProblem is null
            ? new(secure, plain)
            : throw new IOException($"dns lookup errors: {secureProblem} and {plainProblem}");
    }

    /// <summary>The SRV records of a name with their priorities and weights, most preferred first.</summary>
    /// <param name="name">The whole name, as <c>_etcd-client._tcp.example.com</c>.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="IOException">There are none, or no server answers.</exception>
    public async Task<IReadOnlyList<DnsService>> FindAsync(string name, CancellationToken cancellation)
    {
        string problem = "no such host";
        for (int round = 0; round < Rounds; round++)
        {
            foreach (IPEndPoint server in servers)
            {
                try
                {
                    DnsAnswer answer = await AskAsync(server, name, cancellation).ConfigureAwait(false);
                    if (answer.Code == 0 && answer.Services.Count > 0)
                    {
                        return [.. answer.Services.OrderBy(static service => service.Priority).ThenByDescending(static service => service.Weight)];
                    }

                    if (answer.Code is 0 or NameDoesNotExist)
                        throw new IOException($"lookup {name} on {server}: no such host");
                    problem = $"on {server}: server misbehaving";
                }
                catch (Exception failure) when (failure is SocketException or FormatException or OperationCanceledException or EndOfStreamException
                    && !cancellation.IsCancellationRequested)
                {
                    problem = $"on {server}: {(failure is OperationCanceledException ? "i/o timeout" : failure.Message)}";
                }
            }
        }

        throw new IOException($"lookup {name} {problem}");
    }

    private async Task<(IReadOnlyList<DnsService> Found, string? Problem)> TryFindAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return (await FindAsync(name, cancellation).ConfigureAwait(false), null);
        }
        catch (IOException failure)
        {
            return ([], failure.Message);
        }
    }

    private async Task<DnsAnswer> AskAsync(IPEndPoint server, string name, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(timeout);

        // Unpredictable, so that an answer can hardly be forged.
        ushort id = BinaryPrimitives.ReadUInt16BigEndian(RandomNumberGenerator.GetBytes(sizeof(ushort)));
        byte[] question = DnsMessage.Question(id, name);
        DnsAnswer answer = await AskUdpAsync(server, id, question, patience.Token).ConfigureAwait(false);
        return answer.Truncated ? await AskTcpAsync(server, id, question, patience.Token).ConfigureAwait(false) : answer;
    }

    private static async Task<DnsAnswer> AskUdpAsync(IPEndPoint server, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);

        // Connected, so that only this server is heard.
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        await socket.SendAsync(question, cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[UdpBytesMax];
        while (true)
        {
            int length = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
            if (length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(buffer) == id)
                return DnsMessage.Read(buffer.AsSpan(0, length), id);
        }
    }

    private static async Task<DnsAnswer> AskTcpAsync(IPEndPoint server, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        using var stream = new NetworkStream(socket);
        byte[] framed = new byte[sizeof(ushort) + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, sizeof(ushort));
        await stream.WriteAsync(framed, cancellation).ConfigureAwait(false);
        byte[] header = new byte[sizeof(ushort)];
        await stream.ReadExactlyAsync(header, cancellation).ConfigureAwait(false);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(header)];
        await stream.ReadExactlyAsync(answer, cancellation).ConfigureAwait(false);
        return DnsMessage.Read(answer, id);
    }
}
