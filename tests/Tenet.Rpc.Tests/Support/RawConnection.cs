using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Tenet.Rpc.Tests.Support;

/// <summary>A connection under the test's full control: any bytes, and HTTP/2 frames written and read by hand.</summary>
internal sealed class RawConnection : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;

    public RawConnection(Uri uri)
    {
        _tcp = new TcpClient(uri.Host, uri.Port) { NoDelay = true, ReceiveTimeout = (int)TestServer.Patience.TotalMilliseconds };
        _stream = _tcp.GetStream();
    }

    public static RawConnection OpenHttp2(Uri uri)
    {
        var connection = new RawConnection(uri);
        connection.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        connection.SendFrame(Settings, 0, 0, []);
        return connection;
    }

    public void Dispose() => _tcp.Dispose();

    /// <summary>Says that nothing more comes; answers are still read.</summary>
    public void CloseHalf() => _tcp.Client.Shutdown(SocketShutdown.Send);

    public void Send(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Reads text until it contains what is awaited, or the connection ends.</summary>
    public Task<string> ReadUntilAsync(string awaited) => Task.Run(() =>
    {
        var text = new StringBuilder();
        for (int one = _stream.ReadByte(); one >= 0; one = _stream.ReadByte())
        {
            text.Append((char)one);
            if (one == awaited[^1] && text.ToString().EndsWith(awaited, StringComparison.Ordinal))
                break;
        }
        return text.ToString();
    });

    public void SendFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload) => Send(FrameBytes(type, flags, stream, payload));

    public static byte[] FrameBytes(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>Opens a call: a header block of literals, nothing compressed.</summary>
    public void SendCall(int stream, string path, params (string Name, string Value)[] more) =>
        SendFrame(Headers, 0x4, stream, CallBlock(path, more));

    public static byte[] CallBlock(string path, params (string Name, string Value)[] more) =>
        HeaderBlock([(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers"), .. more]);

    public static byte[] HeaderBlock(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach ((string name, string value) in headers)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }
        return block.ToArray();
    }

    /// <summary>The next frame; null when the connection is closed.</summary>
    public (byte Type, byte Flags, int Stream, byte[] Payload)? ReadFrame()
    {
        byte[] header = new byte[9];
        byte[] payload;
        try
        {
            if (_stream.ReadAtLeast(header, 9, throwOnEndOfStream: false) < 9)
                return null;
            payload = new byte[(header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1))];
            _stream.ReadExactly(payload);
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return null;
        }
        return (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    /// <summary>Skips to the next frame of a type; null when the connection is closed before.</summary>
    public (byte Type, byte Flags, int Stream, byte[] Payload)? ReadFrame(byte type)
    {
        while (ReadFrame() is { } frame)
        {
            if (frame.Type == type)
                return frame;
        }
        return null;
    }

    /// <summary>Everything until the other side closes.</summary>
    public string ReadToEnd()
    {
        using var all = new MemoryStream();
        try
        {
            _stream.CopyTo(all);
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // Closed with bytes of ours unread; what came before counts.
        }
        return Encoding.Latin1.GetString(all.ToArray());
    }

    private static void WriteText(MemoryStream block, string text)
    {
        // An integer with a 7-bit prefix (RFC 7541, 5.1), without Huffman coding.
        int rest = text.Length;
        if (rest < 127)
        {
            block.WriteByte((byte)rest);
        }
        else
        {
            block.WriteByte(127);
            for (rest -= 127; rest >= 128; rest >>= 7)
                block.WriteByte((byte)((rest & 127) | 128));
            block.WriteByte((byte)rest);
        }
        block.Write(Encoding.ASCII.GetBytes(text));
    }
}
