using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.InProcess;

/// <summary>Accepts the connections that hosts of the same network make to one address.</summary>
internal sealed class InProcessListener(IPEndPoint at, Action<InProcessListener> unbound) : IConnectionListener
{
    private readonly Channel<InProcessConnection> _offered = Channel.CreateUnbounded<InProcessConnection>();

    public IPEndPoint At => at;

    public EndPoint EndPoint => at;

    /// <summary>False if nobody listens any more.</summary>
    public bool TryOffer(InProcessConnection connection) => _offered.Writer.TryWrite(connection);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _offered.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_offered.Reader.TryRead(out InProcessConnection? connection))
                return connection;
        }
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        unbound(this);
        if (_offered.Writer.TryComplete())
        {
            while (_offered.Reader.TryRead(out InProcessConnection? waiting))
                waiting.Reset();
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
