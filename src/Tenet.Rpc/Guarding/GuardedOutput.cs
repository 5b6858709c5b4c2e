using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Tenet.Rpc.Guarding;

/// <summary>What a caller is sent, on its way from Kestrel.</summary>
internal sealed class GuardedOutput(PipeWriter inner, CallerConduct conduct) : PipeWriter
{
    private const byte GoAwayFrame = 7;
    private const int EnhanceYourCalm = 11;

    private static readonly FlushResult Gone = new(isCanceled: false, isCompleted: true);

    /// <summary>More than answers to pings, settings and window updates come to: part of a message.</summary>
    private const int MessageBytesMin = 1024;

    private bool _dismissing;
    private int _unflushed;
    private byte[]? _dropped;

    private static ReadOnlySpan<byte> Reason => "too_many_pings"u8;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>The dismissal goes out with what Kestrel sends next (which is the answer to the ping), and is the last thing that does. Any thread.</summary>
    public void Dismiss() => Volatile.Write(ref _dismissing, true);

    public override void Advance(int bytes)
    {
        if (_dropped is not null)
            return;
        _unflushed += bytes;
        inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _dropped is null ? inner.GetMemory(sizeHint) : Scratch(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _dropped is null ? inner.GetSpan(sizeHint) : Scratch(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_dropped is not null)
            return ValueTask.FromResult(Gone);
        // A long message leaves in many pieces, and callers measure the connection by pings meanwhile: each piece counts as an answer, as in grpc-go.
        if (_unflushed >= MessageBytesMin)
            conduct.Answered();
        _unflushed = 0;
        // Kestrel flushes between frames, never within one.
        if (Volatile.Read(ref _dismissing))
        {
            WriteDismissal();
            _dropped = [];
        }

        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        this.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private void WriteDismissal()
    {
        const int HeaderBytes = 9;
        int payload = 2 * sizeof(int) + Reason.Length;
        Span<byte> frame = inner.GetSpan(HeaderBytes + payload);
        frame[..HeaderBytes].Clear();
        frame[2] = (byte)payload;
        frame[3] = GoAwayFrame;
        BinaryPrimitives.WriteInt32BigEndian(frame[HeaderBytes..], conduct.LastStream);
        BinaryPrimitives.WriteInt32BigEndian(frame[(HeaderBytes + sizeof(int))..], EnhanceYourCalm);
        Reason.CopyTo(frame[(HeaderBytes + 2 * sizeof(int))..]);
        inner.Advance(HeaderBytes + payload);
    }

    private byte[] Scratch(int sizeHint)
    {
        if (_dropped!.Length < Math.Max(sizeHint, 1))
            _dropped = new byte[Math.Max(sizeHint, 4096)];
        return _dropped;
    }
}
