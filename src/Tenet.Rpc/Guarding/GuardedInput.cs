using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Tenet.Rpc.Guarding;

/// <summary>What a caller sends, on its way to Kestrel.</summary>
internal sealed class GuardedInput(PipeReader inner, CallerConduct conduct, GuardedOutput output) : PipeReader
{
    /// <summary>How long a dismissed caller has to read its dismissal and close, as in grpc-go.</summary>
    private static readonly TimeSpan LingerMax = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WaitingPoll = TimeSpan.FromMilliseconds(1);

    /// <summary>If no call has begun for so long, those that are waited for never will.</summary>
    private static readonly TimeSpan WaitingMax = TimeSpan.FromSeconds(1);

    private ReadOnlySequence<byte> _buffer;
    private long _seen;
    private bool _ended;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_ended)
            return End();
        if (_seen == 0)
        {
            // Kestrel has everything that it may see.
            if (conduct.IsDismissed)
                return await LingerAsync();
            if (conduct.IsCrowded)
                await WaitForCallsAsync();
        }

        return Look(await inner.ReadAsync(cancellationToken));
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_ended || (_seen == 0 && (conduct.IsDismissed || conduct.IsCrowded)) || !inner.TryRead(out result))
            return false;
        result = Look(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_ended)
            return;
        _seen -= _buffer.Slice(_buffer.Start, consumed).Length;
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>What Kestrel may see of what was read. Bytes that it has seen and left before are not looked at again.</summary>
    private ReadResult Look(in ReadResult read)
    {
        _buffer = read.Buffer;
        if (!conduct.IsDismissed)
        {
            _seen += conduct.Look(_seen == 0 ? _buffer : _buffer.Slice(_seen));
            if (conduct.IsDismissed)
                output.Dismiss();
        }

        if (_seen == _buffer.Length)
            return read;
        // What follows the ping that was one too many is not carried out: the dismissal says that it was not.
        _buffer = _buffer.Slice(0, _seen);
        return new ReadResult(_buffer, read.IsCanceled, isCompleted: false);
    }

    /// <summary>Calls are waiting to begin already: more of them are not read.</summary>
    private async ValueTask WaitForCallsAsync()
    {
        int begun = conduct.Begun;
        long since = Stopwatch.GetTimestamp();
        while (conduct.Waiting > CallerConduct.WaitingMax / 2)
        {
            if (Stopwatch.GetElapsedTime(since) > WaitingMax)
            {
                conduct.GiveUpWaiting();
                return;
            }

            await Task.Delay(WaitingPoll);
            if (conduct.Begun == begun)
                continue;
            begun = conduct.Begun;
            since = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Reads and drops until the caller has closed: to close with bytes unread would reset the connection and could destroy the dismissal.</summary>
    [SuppressMessage("Reliability", "CA2016", Justification = "The wait has a bound of its own; the caller's token ends no more than a read.")]
    private async ValueTask<ReadResult> LingerAsync()
    {
        using var patience = new CancellationTokenSource(LingerMax);
        try
        {
            ReadResult read;
            do
            {
                read = await inner.ReadAsync(patience.Token);
                inner.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted && !read.IsCanceled);
        }
        catch (OperationCanceledException)
        {
            // It had its time.
        }
        catch (IOException)
        {
            // It has gone, if not politely.
        }

        _ended = true;
        return End();
    }

    private static ReadResult End() => new(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
}
