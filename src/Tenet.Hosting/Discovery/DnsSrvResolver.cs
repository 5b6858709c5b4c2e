using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tenet.Server.Bootstrap;

namespace Tenet.Hosting.Discovery;

/// <summary>Asks the system's DNS servers for SRV records: over UDP, and over TCP if the answer is too long for that.</summary>
/// <param name="servers">The servers, asked in this order.</param>
/// <param name="timeout">How long each try may take.</param>
public sealed class DnsSrvResolver(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout) : ISrvResolver
{
    private const int Port = 53;
    private const int UdpBytesMax = 4096;
    private const int NameDoesNotExist = 3;
    private const int Rounds = 2;

    /// <summary>With the servers that <c>/etc/resolv.conf</c> names, or the local one.</summary>
    public static DnsSrvResolver OfSystem(string configuration = "/etc/resolv.conf")
    {
        string[] lines = File.Exists(configuration) ? File.ReadAllLines(configuration) : [];
        List<IPEndPoint> servers = [];
        foreach (string line in lines)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out IPAddress? address))
                servers.Add(new IPEndPoint(address, Port));
        }

        return new DnsSrvResolver(servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, Port)], TimeSpan.FromSeconds(5));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SrvRecord>> ResolveAsync(string name, CancellationToken cancellation) =>
        [.. (await FindAsync(name, cancellation)).Select(static service => new SrvRecord(service.Target, service.Port))];

    /// <summary>The SRV records of a name with their priorities and weights, most preferred first.</summary>
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
                    DnsAnswer answer = await AskAsync(server, name, cancellation);
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

    private async Task<DnsAnswer> AskAsync(IPEndPoint server, string name, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(timeout);

        // Unpredictable, so that an answer can hardly be forged.
        ushort id = BinaryPrimitives.ReadUInt16BigEndian(RandomNumberGenerator.GetBytes(sizeof(ushort)));
        byte[] question = DnsMessage.Question(id, name);
        DnsAnswer answer = await AskUdpAsync(server, id, question, patience.Token);
        return answer.Truncated ? await AskTcpAsync(server, id, question, patience.Token) : answer;
    }

    private static async Task<DnsAnswer> AskUdpAsync(IPEndPoint server, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);

        // Connected, so that only this server is heard.
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(question, cancellation);
        byte[] buffer = new byte[UdpBytesMax];
        while (true)
        {
            int length = await socket.ReceiveAsync(buffer, cancellation);
            if (length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(buffer) == id)
                return DnsMessage.Read(buffer.AsSpan(0, length), id);
        }
    }

    private static async Task<DnsAnswer> AskTcpAsync(IPEndPoint server, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);
        byte[] framed = new byte[sizeof(ushort) + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, sizeof(ushort));
        await stream.WriteAsync(framed, cancellation);
        byte[] header = new byte[sizeof(ushort)];
        await stream.ReadExactlyAsync(header, cancellation);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(header)];
        await stream.ReadExactlyAsync(answer, cancellation);
        return DnsMessage.Read(answer, id);
    }
}
