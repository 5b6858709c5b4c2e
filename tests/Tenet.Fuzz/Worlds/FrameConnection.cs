using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Tenet.Fuzz.Worlds;

/// <summary>The client's side of an HTTP/2 connection, frame by frame. The server is told to remember no header fields, so that what it sends can be read as it is.</summary>
internal sealed class FrameConnection : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private int _lastStream = -1;

    public FrameConnection(Uri uri)
    {
        _tcp = new TcpClient(uri.Host, uri.Port) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _stream = _tcp.GetStream();
        Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Send(Frame(Settings, 0, 0, [0, 1, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]));
        Send(Frame(WindowUpdate, 0, 0, [0x7f, 0, 0, 0]));
    }

    public void Dispose() => _tcp.Dispose();

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
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

    public static byte[] CallBlock(string path, params (string Name, string Value)[] more)
    {
        using MemoryStream block = new();
        (string, string)[] all =
            [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers"), .. more];
        foreach ((string name, string value) in all)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    public void Send(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Nothing more is sent; what the server still has to say comes nevertheless.</summary>
    public void EndSending() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>One call, from its headers to its end.</summary>
    /// <returns>Header blocks as text, or null if the server ended the connection.</returns>
    public string? Call(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        _lastStream += 2;
        Send(Frame(Headers, EndHeaders, _lastStream, CallBlock(path, headers)));
        const int Piece = 16_000;
        for (int at = 0; at == 0 || at < body.Length; at += Piece)
            Send(Frame(Data, at + Piece >= body.Length ? EndStream : (byte)0, _lastStream, body.AsSpan(at, Math.Min(Piece, body.Length - at))));
        StringBuilder text = new();
        while (ReadFrame() is { } frame)
        {
            switch (frame.Type)
            {
                case Settings when (frame.Flags & 1) == 0:
                    Send(Frame(Settings, 1, 0, []));
                    break;
                case Ping when (frame.Flags & 1) == 0:
                    Send(Frame(Ping, 1, 0, frame.Payload));
                    break;
                case Headers when frame.Stream == _lastStream:
                    text.Append(Encoding.Latin1.GetString(frame.Payload));
                    if ((frame.Flags & EndStream) != 0)
                        return text.ToString();
                    break;
                case Reset when frame.Stream == _lastStream:
                    return text.Append("reset").ToString();
                case GoAway:
                    return null;
            }
        }

        return null;
    }

    /// <summary>Reads and drops until the server closes.</summary>
    public void ReadToEnd()
    {
        byte[] piece = new byte[16 * 1024];
        try
        {
            while (_stream.Read(piece) > 0)
            {
                // Whatever it says.
            }
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: not SocketError.TimedOut and not SocketError.WouldBlock })
        {
            // Closed with bytes unread.
        }
    }

    /// <summary>The next frame; null at the end of the connection.</summary>
    public (byte Type, byte Flags, int Stream, byte[] Payload)? ReadFrame()
    {
        byte[] header = new byte[9];
        if (_stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            return null;
        byte[] payload = new byte[(header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1))];
        _stream.ReadExactly(payload);
        return (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    private static void WriteText(MemoryStream block, string text)
    {
        // An integer with a 7-bit prefix (RFC 7541, 5.1), without Huffman coding.
        const int PrefixMax = 127;
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        int rest = bytes.Length;
        block.WriteByte((byte)Math.Min(rest, PrefixMax));
        if (rest >= PrefixMax)
        {
            for (rest -= PrefixMax; rest >= 128; rest >>= 7)
                block.WriteByte((byte)((rest & 127) | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }
}
