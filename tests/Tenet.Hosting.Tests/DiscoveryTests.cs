using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Hosting.Discovery;
using Tenet.Server;
using Tenet.Server.Bootstrap;

namespace Tenet.Hosting.Tests;

/// <summary>The ways to a discovery service and to DNS, each against a server on the loopback interface.</summary>
public sealed class DiscoveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static EtcdDiscoveryClient Client(params string[] endpoints) => new(
        new TenetOptions { Member = new MemberOptions { Name = "n", DataDirectory = "nowhere" }, DiscoveryEndpoints = endpoints },
        Foundation.Logging.NoLog.Instance);

    [Fact]
    public async Task Keys_are_written_and_read_in_the_order_of_their_making()
    {
        string directory = Directory.CreateTempSubdirectory("tenet-discovery-").FullName;
        try
        {
            await using TenetMember service = await TenetMember.StartAsync(new TenetOptions
            {
                Member = new MemberOptions
                {
                    Name = "d",
                    DataDirectory = directory,
                    InitialCluster = [new InitialMember("d", ["http://127.0.0.1:1"])],
                    AdvertisePeerUrls = ["http://127.0.0.1:1"],
                },
                ListenClientUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
                ListenPeerUrls = [],
            });
            using var cancellation = new CancellationTokenSource(Patience);
            using var client = Client("http://127.0.0.1:1", service.Urls[0]);
            await client.PutAsync("/p/b", "n1=http://b", cancellation.Token);
            await client.PutAsync("/p/a", "n2=http://a", cancellation.Token);
            await client.PutAsync("/q", "other", cancellation.Token);
            IReadOnlyList<DiscoveryRecord> found = await client.GetAsync("/p/", true, cancellation.Token);
            Assert.Equal(["/p/b", "/p/a"], found.OrderBy(record => record.CreateRevision).Select(record => record.Key));
            Assert.Equal("other", Assert.Single(await client.GetAsync("/q", false, cancellation.Token)).Value);
            Assert.Empty(await client.GetAsync("/p", false, cancellation.Token));

            using var nowhere = Client("127.0.0.1:1");
            await Assert.ThrowsAsync<IOException>(() => nowhere.GetAsync("/q", false, cancellation.Token));
            await Assert.ThrowsAsync<IOException>(() => client.PutAsync("", "no key", cancellation.Token));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Service_records_are_read_most_preferred_first()
    {
        await using var server = new FakeDnsServer(FakeDnsServer.Answer(
            [(10, 5, 2381, "b.example.com"), (10, 9, 2382, "c.example.com"), (1, 0, 2380, "a.example.com")]));
        IReadOnlyList<SrvRecord> found = await server.Resolver.ResolveAsync("_etcd-server._tcp.example.com", default);
        Assert.Equal([new SrvRecord("a.example.com.", 2380), new SrvRecord("c.example.com.", 2382), new SrvRecord("b.example.com.", 2381)], found);
        Assert.Equal("_etcd-server._tcp.example.com", server.AskedName);
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_is_asked_for_again_over_tcp()
    {
        await using var server = new FakeDnsServer(FakeDnsServer.Answer([(1, 1, 2380, "a.example.com")]), truncateUdp: true);
        Assert.Equal([new SrvRecord("a.example.com.", 2380)], await server.Resolver.ResolveAsync("_x._tcp.example.com", default));
    }

    [Fact]
    public async Task A_name_without_records_and_a_server_that_fails_are_told_apart()
    {
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 3)))
            Assert.EndsWith("no such host", (await Assert.ThrowsAsync<IOException>(() => server.Resolver.ResolveAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 2)))
            Assert.EndsWith("server misbehaving", (await Assert.ThrowsAsync<IOException>(() => server.Resolver.ResolveAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_answers_are_refused_and_nothing_else_happens()
    {
        byte[] whole = FakeDnsServer.Answer([(1, 1, 2380, "a.example.com"), (2, 1, 2380, "b.example.com")])(DnsMessage.Question(7, "_x._tcp.example.com"));
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<FormatException>(() => DnsMessage.Read(whole.AsSpan(0, length), 7));
        Assert.Throws<FormatException>(() => DnsMessage.Read(whole, 8));

        // Names that point at themselves, or forward, would be read without end.
        for (int at = 12; at < whole.Length; at++)
        {
            byte[] pointing = [.. whole];
            pointing[at] = 0xC0;
            try
            {
                _ = DnsMessage.Read(pointing, 7);
            }
            catch (FormatException)
            {
                // As good as an answer.
            }
        }
    }

    /// <summary>Answers every question alike, over UDP and TCP on the same port.</summary>
    private sealed class FakeDnsServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Func<byte[], byte[]> _answer;
        private readonly Task _serving;

        public FakeDnsServer(Func<byte[], byte[]> answer, bool truncateUdp = false)
        {
            _answer = answer;
            _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _tcp.Listen();
            var endpoint = (IPEndPoint)_tcp.LocalEndPoint!;
            _udp.Bind(endpoint);
            Resolver = new DnsSrvResolver([endpoint], TimeSpan.FromSeconds(5));
            _serving = Task.WhenAll(ServeUdpAsync(truncateUdp), ServeTcpAsync());
        }

        public DnsSrvResolver Resolver { get; }

        public string? AskedName { get; private set; }

        public static Func<byte[], byte[]> Answer((ushort Priority, ushort Weight, ushort Port, string Target)[] records, int code = 0) => question =>
        {
            List<byte> message = [.. question];
            message[2] = 0x81;
            message[3] = (byte)code;
            message[7] = (byte)records.Length;
            foreach ((ushort priority, ushort weight, ushort port, string target) in records)
            {
                // The name is that of the question, as a pointer; the last label of the target too.
                string[] labels = target.Split('.');
                byte[] name = [.. labels.SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
                message.AddRange([0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, (byte)(6 + name.Length)]);
                message.AddRange([(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight, (byte)(port >> 8), (byte)port]);
                message.AddRange(name);
            }

            return [.. message];
        };

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _udp.Dispose();
            _tcp.Dispose();
            await _serving;
            _stop.Dispose();
        }

        private async Task ServeUdpAsync(bool truncate)
        {
            byte[] buffer = new byte[1500];
            try
            {
                while (true)
                {
                    SocketReceiveFromResult received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                    byte[] answer = Answered(buffer[..received.ReceivedBytes]);
                    if (truncate)
                        answer[2] |= 2;
                    await _udp.SendToAsync(answer, received.RemoteEndPoint, _stop.Token);
                }
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task ServeTcpAsync()
        {
            try
            {
                while (true)
                {
                    using Socket connection = await _tcp.AcceptAsync(_stop.Token);
                    await using var stream = new NetworkStream(connection);
                    byte[] header = new byte[2];
                    await stream.ReadExactlyAsync(header, _stop.Token);
                    byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(header)];
                    await stream.ReadExactlyAsync(question, _stop.Token);
                    byte[] answer = Answered(question);
                    BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)answer.Length);
                    await stream.WriteAsync((byte[])[.. header, .. answer], _stop.Token);
                }
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private byte[] Answered(byte[] question)
        {
            var labels = new List<string>();
            for (int at = 12; question[at] != 0; at += question[at] + 1)
                labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
            AskedName = string.Join('.', labels);
            return _answer(question);
        }
    }
}
