using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tenet.Bench.Http2;

/// <summary>
/// The client's side of one clear-text HTTP/2 connection, bare enough that the server is always the slower one: frames are written
/// into one buffer and read out of another, header blocks are ready-made, responses are not decoded. One loop serves one connection.
/// </summary>
internal abstract class Http2Connection : IDisposable
{
    private const int FrameHeaderBytes = 9;
    private const int DataBytesMax = 16_384;
    private const int ReplenishBytes = 1 << 28;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _path;
    private readonly TimeSpan _beat;
    private byte[] _input = new byte[256 * 1024];
    private byte[] _output = new byte[64 * 1024];
    private int _outputLength;
    private int _nextStream = 1;
    private int _consumed;
    private bool _knowsHeaders;

    /// <param name="path">The method that every stream calls.</param>
    /// <param name="beat">How often <see cref="OnBatch"/> is called even if nothing arrives; zero if only what arrives gives cause to send.</param>
    protected Http2Connection(string path, TimeSpan beat = default)
    {
        _path = Encoding.ASCII.GetBytes(path);
        _beat = beat;
    }

    /// <summary>How many more bytes of data the server takes on this connection.</summary>
    protected long SendWindow { get; private set; } = 65_535;

    public async Task ConnectAsync(int port)
    {
        await _socket.ConnectAsync(IPAddress.Loopback, port);
        Append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        // SETTINGS: no push; the largest stream window.
        Append([0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]);
        AppendWindowUpdate(0, int.MaxValue - 65_535);
        await FlushAsync();
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads and answers until <see cref="IsDone"/>.</summary>
    protected async Task LoopAsync()
    {
        int held = 0;
        await FlushAsync();
        while (!IsDone)
        {
            int read = await ReceiveAsync(_input.AsMemory(held));
            if (read == 0)
                throw new IOException("the server closed the connection");
            held += read;
            int used = ReadFrames(_input.AsSpan(0, held));
            _input.AsSpan(used, held - used).CopyTo(_input);
            held -= used;
            if (held == _input.Length)
                Array.Resize(ref _input, held * 2);
            if (_consumed > ReplenishBytes)
            {
                AppendWindowUpdate(0, _consumed);
                _consumed = 0;
            }
            OnBatch();
            await FlushAsync();
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        ValueTask<int> receiving = _socket.ReceiveAsync(buffer);
        if (_beat == TimeSpan.Zero || receiving.IsCompleted)
            return await receiving;
        Task<int> arrival = receiving.AsTask();
        while (await Task.WhenAny(arrival, Task.Delay(_beat)) != arrival)
        {
            OnBatch();
            await FlushAsync();
        }

        return await arrival;
    }

    /// <summary>Whether the loop should end.</summary>
    protected abstract bool IsDone { get; }

    protected abstract void OnData(int stream, ReadOnlySpan<byte> data);

    protected abstract void OnEnd(int stream);

    /// <summary>Called after the frames of one read, before what was appended is sent.</summary>
    protected virtual void OnBatch()
    {
    }

    /// <summary>Opens a stream; the answer is its number.</summary>
    protected int AppendHeaders()
    {
        int stream = _nextStream;
        _nextStream += 2;
        Span<byte> block = stackalloc byte[256];
        int length = WriteHeaderBlock(block);
        AppendFrameHeader(length, 1, 4, stream); // HEADERS, END_HEADERS
        Append(block[..length]);
        return stream;
    }

    /// <summary>Appends data, in as many frames as it takes.</summary>
    protected void AppendData(int stream, ReadOnlySpan<byte> data, bool end)
    {
        SendWindow -= data.Length;
        while (true)
        {
            int length = Math.Min(data.Length, DataBytesMax);
            bool last = length == data.Length;
            AppendFrameHeader(length, 0, (byte)(last && end ? 1 : 0), stream);
            Append(data[..length]);
            if (last)
                return;
            data = data[length..];
        }
    }

    /// <summary>The first block teaches the server the fields, later ones name them by number, as clients with HPACK do.</summary>
    private int WriteHeaderBlock(Span<byte> block)
    {
        if (_knowsHeaders)
        {
            ReadOnlySpan<byte> known = [0x83, 0x86, 0xc1, 0xc0, 0xbf, 0xbe];
            known.CopyTo(block);
            return known.Length;
        }
        _knowsHeaders = true;
        int at = 0;
        block[at++] = 0x83; // POST
        block[at++] = 0x86; // http
        WriteLiteral(block, ref at, [0x44], _path);
        WriteLiteral(block, ref at, [0x41], "127.0.0.1"u8);
        WriteLiteral(block, ref at, [0x5f], "application/grpc"u8);
        WriteLiteral(block, ref at, [0x40, 2, (byte)'t', (byte)'e'], "trailers"u8);
        return at;
    }

    private static void WriteLiteral(Span<byte> block, ref int at, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        name.CopyTo(block[at..]);
        at += name.Length;
        block[at++] = (byte)value.Length;
        value.CopyTo(block[at..]);
        at += value.Length;
    }

    private int ReadFrames(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (input.Length - at >= FrameHeaderBytes)
        {
            int length = input[at] << 16 | input[at + 1] << 8 | input[at + 2];
            if (input.Length - at < FrameHeaderBytes + length)
                break;
            byte type = input[at + 3];
            byte flags = input[at + 4];
            int stream = BinaryPrimitives.ReadInt32BigEndian(input[(at + 5)..]) & 0x7fff_ffff;
            ReadFrame(type, flags, stream, input.Slice(at + FrameHeaderBytes, length));
            at += FrameHeaderBytes + length;
        }
        return at;
    }

    private void ReadFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
        switch (type)
        {
            case Data:
                _consumed += payload.Length;
                OnData(stream, payload);
                if ((flags & 1) != 0)
                    OnEnd(stream);
                break;
            case Headers when (flags & 1) != 0:
                OnEnd(stream);
                break;
            case Settings when (flags & 1) == 0:
                AppendFrameHeader(0, Settings, 1, 0);
                break;
            case Ping when (flags & 1) == 0:
                AppendFrameHeader(8, Ping, 1, 0);
                Append(payload);
                break;
            case WindowUpdate when stream == 0:
                SendWindow += BinaryPrimitives.ReadInt32BigEndian(payload) & 0x7fff_ffff;
                break;
            case Reset:
                throw new IOException($"the server reset stream {stream}, code {BinaryPrimitives.ReadInt32BigEndian(payload)}");
            case GoAway:
                throw new IOException($"the server says goodbye, code {BinaryPrimitives.ReadInt32BigEndian(payload[4..])}");
        }
    }

    private void AppendWindowUpdate(int stream, int bytes)
    {
        AppendFrameHeader(4, 8, 0, stream);
        Span<byte> increment = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, bytes);
        Append(increment);
    }

    private void AppendFrameHeader(int length, byte type, byte flags, int stream)
    {
        Span<byte> header = stackalloc byte[FrameHeaderBytes];
        header[0] = (byte)(length >> 16);
        header[1] = (byte)(length >> 8);
        header[2] = (byte)length;
        header[3] = type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
        Append(header);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_output.Length - _outputLength < bytes.Length)
            Array.Resize(ref _output, Math.Max(_output.Length * 2, _outputLength + bytes.Length));
        bytes.CopyTo(_output.AsSpan(_outputLength));
        _outputLength += bytes.Length;
    }

    private async Task FlushAsync()
    {
        int sent = 0;
        while (sent < _outputLength)
            sent += await _socket.SendAsync(_output.AsMemory(sent, _outputLength - sent));
        _outputLength = 0;
    }
}
