using System.Threading.Channels;
using Tenet.Protocol.Calls;

namespace Tenet.Server.Tests.Support;

/// <summary>A caller's side of a stream that the test feeds.</summary>
internal sealed class QueueReader<T> : IRequestReader<T>
    where T : class
{
    private readonly Channel<T> _requests = Channel.CreateUnbounded<T>();

    public void Send(T request) => Assert.True(_requests.Writer.TryWrite(request));

    public void Close() => _requests.Writer.Complete();

    public async ValueTask<T?> ReadAsync(CancellationToken cancellation) =>
        await _requests.Reader.WaitToReadAsync(cancellation) && _requests.Reader.TryRead(out T? request) ? request : null;
}
