using System.Buffers.Binary;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Fuzz.Targets;

/// <summary>Frames in any order and with any content, and bytes that are none: the connection ends, nothing else does.</summary>
internal sealed class Http2Target : FuzzTarget
{
    private const int CanaryEvery = 10;

    private static readonly string[] Paths = ["/etcdserverpb.KV/Range", "/etcdserverpb.Watch/Watch", "/etcdserverpb.Maintenance/Snapshot", "/etcdserverpb.Lease/LeaseKeepAlive", "/nobody/Nothing", "/", ""];

    private readonly MemberWorld _world = MemberWorld.Start();
    private int _cases;

    public override string Summary => "connections to the client port: frames in any order, and garbage";

    public override int CasesInTests => 250;

    public override void Run(SeededRandom random)
    {
        using MemoryStream bytes = new();
        for (int left = 1 + random.Next(20); left > 0; left--)
            bytes.Write(Frame(random));
        byte[] input = bytes.ToArray();
        if (random.Chance(0.2))
            input = ByteMutator.Damage(random, input);
        try
        {
            using FrameConnection connection = new(_world.Uri);
            connection.Send(input);
            connection.EndSending();
            connection.ReadToEnd();
        }
        catch (IOException failure) when (failure.InnerException is System.Net.Sockets.SocketException { SocketErrorCode: not System.Net.Sockets.SocketError.TimedOut })
        {
            // Closed before it had heard everything.
        }

        if (++_cases % CanaryEvery == 0)
            AskCanary(input);
        _world.Look(input);
    }

    protected override void Close() => _world.Dispose();

    private void AskCanary(byte[] input)
    {
        using FrameConnection connection = new(_world.Uri);
        byte[] body = [0, 0, 0, 0, 3, .. new RangeRequest { Key = ByteString.CopyFromUtf8("a") }.ToByteArray()];
        string? answer = connection.Call("/etcdserverpb.KV/Range", body);
        if (answer?.Contains("grpc-status\u00010", StringComparison.Ordinal) != true)
            throw FuzzFailedException.Of($"after it a good call was answered with {answer ?? "nothing"}", input);
    }

    private static byte[] Frame(SeededRandom random)
    {
        byte type = (byte)random.Next(random.Chance(0.9) ? 11 : 256);
        byte flags = (byte)(random.Chance(0.7) ? new[] { 0, 1, 4, 5, 0x2d }[random.Next(5)] : random.Next(256));
        int stream = random.Chance(0.9) ? random.Next(8) : (int)ByteMutator.Number(random);
        byte[] payload = type switch
        {
            FrameConnection.Headers or FrameConnection.Continuation => Block(random),
            FrameConnection.Data => [0, 0, 0, 0, (byte)random.Next(20), .. new byte[random.Next(20)]],
            FrameConnection.Settings => Setting(random),
            FrameConnection.WindowUpdate or FrameConnection.Reset => Number(random),
            FrameConnection.Ping => new byte[random.Chance(0.9) ? 8 : random.Next(20)],
            _ => new byte[random.Next(40)],
        };
        return FrameConnection.Frame(type, flags, stream, payload);
    }

    private static byte[] Block(SeededRandom random)
    {
        byte[] block = FrameConnection.CallBlock(Paths[random.Next(Paths.Length)], ("grpc-timeout", random.Chance(0.8) ? "50m" : "\u00ff"), ("x-bin", "?"));
        return random.Chance(0.6) ? block : ByteMutator.Damage(random, block);
    }

    private static byte[] Setting(SeededRandom random)
    {
        byte[] setting = new byte[random.Chance(0.9) ? 6 : random.Next(20)];
        if (setting.Length >= 6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(setting, (ushort)random.Next(10));
            BinaryPrimitives.WriteUInt32BigEndian(setting.AsSpan(2), (uint)ByteMutator.Number(random));
        }

        return setting;
    }

    private static byte[] Number(SeededRandom random)
    {
        byte[] number = new byte[random.Chance(0.9) ? 4 : random.Next(9)];
        if (number.Length >= 4)
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)ByteMutator.Number(random));
        return number;
    }
}
