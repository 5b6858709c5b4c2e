using Microsoft.AspNetCore.Http;

namespace Tenet.Peer.Serving;

/// <summary>Reads the body of a request. A caller that sends nothing for too long is not waited for.</summary>
internal sealed class RequestBody : Stream
{
    private readonly Stream _body;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _patience;

    public RequestBody(HttpContext http, PeerTransportOptions options)
    {
        _body = http.Request.Body;
        _timeout = options.ReadTimeout;
        _patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The whole body, or null if it is larger than <paramref name="max"/> bytes.</summary>
    /// <exception cref="IOException">It broke off or stopped.</exception>
    public async ValueTask<byte[]?> ReadAllAsync(long max)
    {
        using MemoryStream bytes = new();
        byte[] piece = new byte[16 * 1024];
        int read;
        while ((read = await ReadAsync(piece)) > 0)
        {
            if (bytes.Length + read > max)
                return null;
            bytes.Write(piece, 0, read);
        }
        return bytes.ToArray();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _patience.CancelAfter(_timeout);
        try
        {
            return await _body.ReadAsync(buffer, _patience.Token);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new IOException("i/o timeout", cancelled);
        }
        finally
        {
            _patience.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _patience.Dispose();
        base.Dispose(disposing);
    }
}
