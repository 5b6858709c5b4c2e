using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Tenet.Rpc.Guarding;

/// <summary>
/// What one HTTP/2 caller does beside its calls, told by the headers of its frames; nothing else of them is looked at. A feature of the connection, so that
/// calls report here how far they are.
/// </summary>
/// <param name="pings">How often it may ping; null where etcd does not mind.</param>
internal sealed class CallerConduct(PingPolicy? pings)
{
    /// <summary>
    /// Calls of one connection that have arrived and not begun. Beyond it the connection is not read: who opens and resets calls faster than they
    /// can begin waits for them, as everybody does.
    /// </summary>
    public const int WaitingMax = 1024;

    private const int PrefaceBytes = 24;
    private const int FrameHeaderBytes = 9;
    private const int PingBytes = 8;
    private const byte HeadersFrame = 1;
    private const byte PingFrame = 6;
    private const byte AckFlag = 1;

    private readonly byte[] _header = new byte[FrameHeaderBytes];
    private int _headerBytes;
    private int _skip = PrefaceBytes;
    private bool _dismissed;
    private int _opened;
    private int _begun;
    private int _ended;

    /// <summary>Whether the caller has to go. It may see its last ping answered.</summary>
    public bool IsDismissed => _dismissed && _skip == 0;

    /// <summary>Whether as many calls wait to begin as may.</summary>
    public bool IsCrowded => Waiting > WaitingMax;

    /// <summary>The last call that the caller has opened before it was dismissed.</summary>
    public int LastStream { get; private set; }

    /// <summary>Calls that have arrived and not begun.</summary>
    public int Waiting => _opened - Volatile.Read(ref _begun);

    /// <summary>Calls that have begun so far.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>A call begins. Any thread.</summary>
    public void CallBegins() => Interlocked.Increment(ref _begun);

    /// <summary>A call has ended, and its caller been told. Any thread.</summary>
    public void CallEnded()
    {
        Interlocked.Increment(ref _ended);
        pings?.Answered();
    }

    /// <summary>Something of a call goes to the caller. Any thread.</summary>
    public void Answered() => pings?.Answered();

    /// <summary>Calls that arrived and will never begin, as they were refused below: they are waited for no longer.</summary>
    public void GiveUpWaiting()
    {
        int refused = Waiting;
        Interlocked.Add(ref _begun, refused);
        Interlocked.Add(ref _ended, refused);
    }

    /// <summary>Looks at the next bytes of the connection.</summary>
    /// <returns>How many of them Kestrel may see for now: all, unless the caller is dismissed or too many calls wait.</returns>
    public long Look(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
            return Look(bytes.FirstSpan);
        long seen = 0;
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            int ofPiece = Look(piece.Span);
            seen += ofPiece;
            if (ofPiece < piece.Length)
                break;
        }

        return seen;
    }

    private int Look(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            if (_skip > 0)
            {
                int skipped = Math.Min(_skip, bytes.Length - at);
                _skip -= skipped;
                at += skipped;
                continue;
            }

            if (_headerBytes == 0 && (_dismissed || IsCrowded))
                return at;
            if (_headerBytes == 0 && bytes.Length - at >= FrameHeaderBytes)
            {
                Take(bytes.Slice(at, FrameHeaderBytes));
                at += FrameHeaderBytes;
                continue;
            }

            _header[_headerBytes++] = bytes[at++];
            if (_headerBytes == FrameHeaderBytes)
            {
                _headerBytes = 0;
                Take(_header);
            }
        }

        return at;
    }

    private void Take(ReadOnlySpan<byte> header)
    {
        uint first = BinaryPrimitives.ReadUInt32BigEndian(header);
        _skip = (int)(first >> 8);
        switch ((byte)first)
        {
            case HeadersFrame:
                int stream = BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue;
                if (stream > LastStream)
                {
                    LastStream = stream;
                    _opened++;
                }

                break;
            case PingFrame when _skip == PingBytes && (header[4] & AckFlag) == 0 && pings is not null:
                // A call that Kestrel refused by itself counts as open for good, which only makes the policy milder.
                _dismissed = !pings.Allows(Stopwatch.GetTimestamp(), hasCalls: _opened != Volatile.Read(ref _ended));
                break;
        }
    }
}
