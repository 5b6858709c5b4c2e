using System.Net.Sockets;

namespace Tenet.Tests.ClientFaults;

/// <summary>The way of one client to its servers. Blocked, it swallows what is sent and brings nothing, as when packets are lost; connections stay open.</summary>
internal sealed class BlockableLink
{
    private TaskCompletionSource _open = Opened();

    public void Block() => Interlocked.Exchange(ref _open, new(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Unblock() => Interlocked.Exchange(ref _open, Opened()).TrySetResult();

    /// <summary>Leads this way through the link; null is TCP.</summary>
    public Func<string, CancellationToken, ValueTask<Stream>> Over(Func<string, CancellationToken, ValueTask<Stream>>? connect) => async (endpoint, cancellation) =>
    {
        await _open.Task.WaitAsync(cancellation);
        return new LinkStream(await (connect ?? DialAsync)(endpoint, cancellation), this);
    };

    private static async ValueTask<Stream> DialAsync(string endpoint, CancellationToken cancellation)
    {
        string[] parts = endpoint.Split(':');
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(parts[0], int.Parse(parts[1], null), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static TaskCompletionSource Opened()
    {
        TaskCompletionSource open = new();
        open.SetResult();
        return open;
    }

    private sealed class LinkStream(Stream inner, BlockableLink link) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            await link._open.Task.WaitAsync(cancellationToken);
            return read;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await link._open.Task.WaitAsync(cancellationToken);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
