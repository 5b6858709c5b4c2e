using System.Net.Sockets;
using System.Text;

namespace Tenet.App.Logging;

/// <summary>Lines as entries of systemd's journal, one datagram each; standard error where there is no journal, or it refuses a line.</summary>
internal sealed class JournalStream : Stream
{
    private const string SocketPath = "/run/systemd/journal/socket";
    private readonly Stream _fallback = Console.OpenStandardError();
    private readonly Socket? _socket;

    public JournalStream(string path = SocketPath)
    {
        if (!File.Exists(path))
            return;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            // What is there is no journal.
            _socket.Dispose();
            _socket = null;
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> line)
    {
        try
        {
            if (_socket is not null)
            {
                string text = Encoding.UTF8.GetString(line).TrimEnd('\n');
                _socket.Send(Encoding.UTF8.GetBytes($"PRIORITY={Priority(text)}\nSYSLOG_IDENTIFIER=etcd\nMESSAGE={text.Replace('\n', ' ')}\n"));
                return;
            }
        }
        catch (SocketException)
        {
            // Too long for a datagram, or the journal is gone: the line is not lost.
        }
        _fallback.Write(line);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _fallback.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _socket?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>syslog's number for the line's level, which stands first in the JSON form and second in the other.</summary>
    private static int Priority(string line)
    {
        string start = line[..Math.Min(line.Length, 60)];
        return start.Contains("debug", StringComparison.Ordinal) ? 7
            : start.Contains("warn", StringComparison.Ordinal) ? 4
            : start.Contains("error", StringComparison.Ordinal) ? 3
            : start.Contains("panic", StringComparison.Ordinal) || start.Contains("fatal", StringComparison.Ordinal) ? 2
            : 6;
    }
}
