using System.IO.Pipelines;
using System.Threading.Channels;
using Tenet.Foundation.Metrics;
using Tenet.Peer.Framing;
using Tenet.Raft;

namespace Tenet.Peer.Sending;

/// <summary>
/// One connection that a peer has opened to be sent messages (contract/consensus.md, 4.4). Messages wait in a bounded queue and are
/// written many at a time; whoever sends never waits for the connection.
/// </summary>
internal sealed class OutgoingStream : IDisposable
{
    /// <summary>Messages that wait; what comes beyond is dropped.</summary>
    private const int QueuedMax = 4096;

    /// <summary>Messages after which a batch goes out although more wait.</summary>
    private const int BatchMessagesMax = QueuedMax / 2;

    /// <summary>Bytes after which it does, which bounds the buffer.</summary>
    private const int BatchBytesMax = 128 * 1024;

    // Passes through the queue, so that one loop writes everything.
    private static readonly Message LinkHeartbeat = new Heartbeat(0, 0, 0, 0, default);

    private readonly PeerContext _context;
    private readonly PeerLink _link;
    private readonly FrameWriter _frames;
    private readonly FrameBuffer _buffer = new();
    private readonly Counter _sentBytes;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _ending = new();
    private readonly long _heartbeatTicks;
    private readonly long _timeoutTicks;
    private readonly Channel<Message> _queue = Channel.CreateBounded<Message>(new BoundedChannelOptions(QueuedMax) { SingleReader = true });
    private long _heartbeatDue;
    private bool _disposed;

    // When the write under way began; 0 while there is none.
    private long _writingSince;

    public OutgoingStream(PeerContext context, PeerLink link, StreamKind kind)
    {
        _context = context;
        _link = link;
        Kind = kind;
        _frames = kind.Writer();
        _sentBytes = context.Metrics.SentBytes.With(link.HexId);
        // Three signs of life in the time that the other end waits for one.
        _heartbeatTicks = context.Ticks(context.Options.ReadTimeout / 3);
        _timeoutTicks = context.Ticks(context.Options.WriteTimeout);
        _heartbeatDue = context.Clock.GetTimestamp() + _heartbeatTicks;
    }

    /// <summary>What travels here.</summary>
    public StreamKind Kind { get; }

    /// <summary>Queues a message; false if it cannot be taken.</summary>
    public bool TrySend(Message message) => _queue.Writer.TryWrite(message);

    /// <summary>Writes until the connection ends or <see cref="Close"/> is called.</summary>
    /// <param name="body">The connection.</param>
    /// <param name="gone">Signalled when the other end has closed it.</param>
    /// <returns>Whether all went well; if not, the connection must be aborted.</returns>
    public async Task<bool> RunAsync(PipeWriter body, CancellationToken gone)
    {
        using CancellationTokenRegistration closed = gone.Register(static stream => ((OutgoingStream)stream!).End(), this);
        string? problem = null;
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_ended.Token))
                await WriteBatchesAsync(body);
        }
        catch (OperationCanceledException)
        {
            problem = gone.IsCancellationRequested ? "the connection was closed" : "i/o timeout";
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            problem = failure.Message;
        }
        // A connection that another has replaced may break without a word.
        if (_link.Detach(this) && problem is not null)
            _link.Lost(this, problem);
        // What still waits is lost with the connection, and Raft must not believe that it is on its way.
        if (_queue.Reader.TryRead(out _))
            _context.Local.ReportUnreachable(_link.MemberId);
        return problem is null;
    }

    /// <summary>Another connection has taken this one's place, or the peer is gone: what waits is dropped.</summary>
    public void Close() => _queue.Writer.TryComplete();

    /// <summary>Called several times a second: sends signs of life and notices a peer that takes nothing.</summary>
    public void Watch(long now)
    {
        long since = Volatile.Read(ref _writingSince);
        if (since != 0 && now - since >= _timeoutTicks)
            End();
        if (now < _heartbeatDue)
            return;
        _heartbeatDue = now + _heartbeatTicks;
        _queue.Writer.TryWrite(LinkHeartbeat);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_ending)
            _disposed = true;
        _ended.Dispose();
    }

    private void End()
    {
        lock (_ending)
        {
            if (!_disposed)
                _ended.Cancel();
        }
    }

    private async Task WriteBatchesAsync(PipeWriter body)
    {
        while (Fill())
        {
            Volatile.Write(ref _writingSince, _context.Clock.GetTimestamp());
            FlushResult result = await body.WriteAsync(_buffer.Written, _ended.Token);
            Volatile.Write(ref _writingSince, 0);
            if (result.IsCompleted || result.IsCanceled)
                throw new IOException("the connection was closed");
            _sentBytes.Add(_buffer.Length);
        }
    }

    /// <summary>Takes the next messages out of the queue; false if there are none.</summary>
    private bool Fill()
    {
        _buffer.Clear();
        for (int i = 0; i < BatchMessagesMax && _buffer.Length < BatchBytesMax && _queue.Reader.TryRead(out Message? message); i++)
        {
            if (ReferenceEquals(message, LinkHeartbeat))
                _frames.WriteHeartbeat(_buffer);
            else
                _frames.Write(message, _buffer);
        }
        return _buffer.Length > 0;
    }
}
