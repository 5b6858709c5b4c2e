using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Client.Discovery;

namespace Tenet.Tests;

/// <summary>Answers every question alike, over UDP and TCP on the same port.</summary>
internal sealed class FakeDnsServer : IAsyncDisposable
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
        Records = new SrvRecords([endpoint], TimeSpan.FromSeconds(5));
        _serving = Task.WhenAll(ServeUdpAsync(truncateUdp), ServeTcpAsync());
    }

    public SrvRecords Records { get; }

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
