using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.InProcess;

/// <summary>One connection between two hosts: this is the listener's end, <see cref="Client"/> the caller's.</summary>
internal sealed class InProcessConnection : DefaultConnectionContext
{
    /// <summary>Bytes under way in one direction before the writer waits.</summary>
    private const int WindowBytes = 1 << 20;

    private readonly Pipe _requests = NewPipe();
    private readonly Pipe _responses = NewPipe();
    private readonly CancellationTokenSource _closed = new();
    private readonly Action<InProcessConnection> _forget;
    private int _isClosed;

    public InProcessConnection(InProcessHost host, IPEndPoint from, IPEndPoint to, Action<InProcessConnection> forget)
        : base($"{from}-{to}")
    {
        _forget = forget;
        Host = host;
        From = from;
        To = to;
        LocalEndPoint = to;
        RemoteEndPoint = from;
        ConnectionClosed = _closed.Token;
        Transport = new Ends(_requests.Reader, _responses.Writer);
        Client = new InProcessStream(new Ends(_responses.Reader, _requests.Writer), Close);
    }

    /// <summary>Whoever dialled.</summary>
    public InProcessHost Host { get; }

    public IPEndPoint From { get; }

    public IPEndPoint To { get; }

    public InProcessStream Client { get; }

    /// <summary>Ends it for both at once, and what is under way is lost.</summary>
    public void Reset()
    {
        Client.Reset();
        Close();
    }

    public override void Abort(ConnectionAbortedException abortReason) => Reset();

    public override async ValueTask DisposeAsync()
    {
        await Transport.Output.CompleteAsync();
        await Transport.Input.CompleteAsync();
        Close();
        await base.DisposeAsync();
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1)
            return;
        _forget(this);
        // Whoever waits for the end must not run on the thread of whoever caused it.
        _ = _closed.CancelAsync();
    }

    private static Pipe NewPipe() => new(new PipeOptions(pauseWriterThreshold: WindowBytes, resumeWriterThreshold: WindowBytes / 2, useSynchronizationContext: false));

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
