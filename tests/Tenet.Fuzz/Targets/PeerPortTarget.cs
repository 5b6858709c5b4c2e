using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Peer;
using Tenet.Peer.Tests.Support;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Leasepb;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Fuzz.Targets;

/// <summary>The peer port: single messages, snapshots, questions, and the headers around them. Whatever comes is answered or closed, and the port goes on.</summary>
internal sealed class PeerPortTarget : FuzzTarget
{
    private const string Introduction = "X-Server-Version: 3.5.30\r\nX-Min-Cluster-Version: 3.0.0\r\nX-Raft-To: 1\r\nX-Server-From: 2\r\nX-PeerURLs: http://127.0.0.1:1\r\n";

    private static readonly (string Line, Func<SeededRandom, byte[]> Body)[] Requests =
    [
        ("POST /raft", static random => Message(random, Pb.Message.Descriptor)),
        ("POST /raft/snapshot", Snapshot),
        ("POST /leases", static random => Message(random, LeaseKeepAliveRequest.Descriptor)),
        ("POST /leases/internal", static random => Message(random, LeaseInternalRequest.Descriptor)),
        ("GET /members/hashkv", static random => ByteMutator.Damage(random, "{\"revision\":0}"u8.ToArray())),
        ("GET /raft/stream/message/2", static _ => []),
        ("GET /raft/stream/msgapp/2", static _ => []),
        ("POST /members/promote/7", static _ => []),
        ("GET /members", static _ => []),
        ("GET /raft/probing", static _ => []),
    ];

    private readonly FindingsLog _log = new();
    private readonly PeerTransport _transport;
    private readonly PeerServer _server;
    private readonly Uri _uri;

    public PeerPortTarget()
    {
        _transport = new PeerTransport(new PeerTransportOptions { Log = _log, ReadTimeout = TimeSpan.FromSeconds(10) });
        _server = PeerServer.StartAsync(_transport, ["http://127.0.0.1:0"]).GetAwaiter().GetResult();
        _transport.Start(new FakeMember(1));
        _uri = new Uri(_server.Urls[0]);
    }

    public override string Summary => "requests to the peer port: messages, snapshots, questions, headers";

    public override int CasesInTests => 400;

    public override void Run(SeededRandom random)
    {
        (string line, Func<SeededRandom, byte[]> make) = Requests[random.Next(Requests.Length)];
        byte[] body = make(random);
        string length = random.Chance(0.95) ? $"Content-Length: {body.Length}" : $"Content-Length: {(long)ByteMutator.Number(random)}";
        byte[] head = Encoding.Latin1.GetBytes($"{line} HTTP/1.1\r\nHost: x\r\n{Introduction}X-Etcd-Cluster-ID: {FakeMember.Cluster:x}\r\n{length}\r\nConnection: close\r\n\r\n");
        if (random.Chance(0.3))
            head = ByteMutator.Damage(random, head);
        byte[] input = [.. head, .. body];
        Exchange(input, halfClose: true);
        if (_log.Lines.Count > 0)
            throw FuzzFailedException.Of(string.Join('\n', _log.Lines), input);
        if (random.Chance(0.05) && !Exchange(halfClose: false, input: "GET /raft/probing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8).Contains("\"OK\":true", StringComparison.Ordinal))
            throw FuzzFailedException.Of("after it the port is silent", input);
    }

    protected override void Close()
    {
        _transport.Stop();
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static byte[] Message(SeededRandom random, MessageDescriptor type)
    {
        byte[] message = MessageGenerator.Make(random, type).ToByteArray();
        return random.Chance(0.7) ? WireMutator.Damage(random, message) : message;
    }

    private static byte[] Snapshot(SeededRandom random)
    {
        Pb.Message made = (Pb.Message)MessageGenerator.Make(random, Pb.Message.Descriptor);
        if (random.Chance(0.8))
            made.Type = Pb.MessageType.MsgSnap;
        byte[] message = made.ToByteArray();
        if (random.Chance(0.5))
            message = WireMutator.Damage(random, message);
        byte[] length = BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(random.Chance(0.9) ? (ulong)message.Length : ByteMutator.Number(random)));
        return [.. length, .. message, .. new byte[random.Next(random.Chance(0.1) ? 300_000 : 300)]];
    }

    /// <summary>Sends and reads to the end. Who says that nothing more comes is not always answered, but never waited for.</summary>
    private string Exchange(ReadOnlySpan<byte> input, bool halfClose)
    {
        using TcpClient client = new(_uri.Host, _uri.Port) { ReceiveTimeout = (int)FrameConnection.Patience.TotalMilliseconds };
        NetworkStream stream = client.GetStream();
        using MemoryStream answer = new();
        try
        {
            stream.Write(input);
            if (halfClose)
                client.Client.Shutdown(SocketShutdown.Send);
            stream.CopyTo(answer);
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: not SocketError.TimedOut and not SocketError.WouldBlock })
        {
            // Closed before it had heard everything.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
