using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.InProcess;

/// <summary>The caller's end of a connection. Only its own ends of the pipes are touched here, by whichever thread: the other ends are the listener's.</summary>
internal sealed class InProcessStream(IDuplexPipe pipes, Action closed) : DuplexPipeStream(pipes)
{
    private const int Reading = 1;
    private const int Ended = 2;

    private readonly PipeReader _input = pipes.Input;
    private readonly PipeWriter _output = pipes.Output;
    private volatile bool _reset;
    private int _state;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if ((Interlocked.Or(ref _state, Reading) & Ended) != 0)
            throw Closed();
        try
        {
            return await base.ReadAsync(buffer, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
        finally
        {
            // Who ended the stream meanwhile left the pipe to its reader.
            if ((Interlocked.And(ref _state, ~Reading) & Ended) != 0)
                await _input.CompleteAsync();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FlushResult flushed;
        try
        {
            flushed = await _output.WriteAsync(buffer, cancellationToken);
        }
        catch (InvalidOperationException) when (Volatile.Read(ref _state) >= Ended)
        {
            throw Closed();
        }
        if (flushed.IsCompleted)
            throw Closed();
    }

    /// <summary>Each write is flushed already.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends it in a way that both sides notice as a failure.</summary>
    public void Reset()
    {
        _reset = true;
        End(new ConnectionResetException("connection reset by peer"));
    }

    protected override void Dispose(bool disposing)
    {
        End(null);
        closed();
        base.Dispose(disposing);
    }

    private void End(Exception? why)
    {
        int before = Interlocked.Or(ref _state, Ended);
        if ((before & Ended) != 0)
            return;
        _output.Complete(why);
        if ((before & Reading) != 0)
            _input.CancelPendingRead();
        else
            _input.Complete();
    }

    private IOException Closed() => _reset ? new ConnectionResetException("connection reset by peer") : new IOException("the connection is closed");
}
