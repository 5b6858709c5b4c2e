using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Tenet.Foundation.Logging;

namespace Tenet.Proxy.Forwarding;

/// <summary>
/// Forwards TCP connections to servers without looking into them. A server that cannot be reached gets none until it answers again; a connection
/// that broke is not made again, as nobody knows what was said on it.
/// </summary>
public sealed class TcpGateway : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>How long reaching a server may take.</summary>
    private static readonly TimeSpan DialMax = TimeSpan.FromSeconds(10);

    /// <summary>Etcd's own, where none is asked for.</summary>
    private static readonly TimeSpan StandardRetryDelay = TimeSpan.FromMinutes(5);

    private readonly Socket _listener;
    private readonly EndpointRotation _rotation;
    private readonly TimeSpan _retryDelay;
    private readonly TimeProvider _clock;
    private readonly ILog _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _open = new();
    private readonly Task _running;
    private int _stopped;

    private TcpGateway(Socket listener, IReadOnlyList<GatewayEndpoint> endpoints, TimeSpan retryDelay, TimeProvider clock, ILog log)
    {
        _listener = listener;
        _rotation = new EndpointRotation(endpoints, Random.Shared);
        _retryDelay = retryDelay > TimeSpan.Zero ? retryDelay : StandardRetryDelay;
        _clock = clock;
        _log = log;
        log.Info("ready to proxy client requests", new LogField("endpoints", endpoints.Select(static endpoint => endpoint.Address).ToArray()));
        _running = Task.WhenAll(AcceptAsync(), WatchOverAsync());
    }

    /// <summary>The address as bound.</summary>
    public IPEndPoint ListenAddress => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>How many connections are open.</summary>
    public int ConnectionCount => _open.Count;

    /// <summary>Listens and forwards.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static TcpGateway Start(IPEndPoint address, IReadOnlyList<GatewayEndpoint> endpoints, TimeSpan retryDelay, ILog? log = null, TimeProvider? clock = null)
    {
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen();
            return new TcpGateway(listener, endpoints, retryDelay, clock ?? TimeProvider.System, log ?? NoLog.Instance);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Listens no more, and closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
        await Task.WhenAll(_open.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception failure) when (_stop.IsCancellationRequested && failure is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException failure)
            {
                // Out of descriptors, most likely: some may be freed.
                _log.Warn("failed to accept a connection", new LogField("error", failure.Message));
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
                continue;
            }
            Task forwarding = ForwardAsync(accepted);
            _open[forwarding] = true;
            _ = forwarding.ContinueWith(done => _open.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        // Not on the thread that accepts.
        await Task.Yield();
        using (client)
        {
            try
            {
                using Socket? server = await ReachAsync();
                if (server is null)
                    return;
                Keep(client);
                Keep(server);
                await using NetworkStream near = new(client);
                await using NetworkStream far = new(server);
                using CancellationTokenSource broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                await Task.WhenAll(CopyAsync(near, far, broken), CopyAsync(far, near, broken));
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
            {
                _log.Debug("a forwarded connection ended", new LogField("error", ended.Message));
            }
        }
    }

    /// <summary>
    /// Passes on what comes, and then that nothing more comes; the other direction may go on. What breaks one direction breaks both.
    /// </summary>
    private static async Task CopyAsync(NetworkStream from, NetworkStream to, CancellationTokenSource broken)
    {
        try
        {
            await from.CopyToAsync(to, BufferBytes, broken.Token);
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
    }

    /// <summary>A connection to the next server that can be reached, or null.</summary>
    private async Task<Socket?> ReachAsync()
    {
        while (_rotation.Next() is { } endpoint)
        {
            try
            {
                return await DialAsync(endpoint);
            }
            catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !_stop.IsCancellationRequested))
            {
                _rotation.Left(endpoint);
                _log.Warn("deactivated endpoint", new("address", endpoint.Address), new("interval", _retryDelay), new("error", failure.Message));
            }
        }
        return null;
    }

    private async Task<Socket> DialAsync(GatewayEndpoint endpoint)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(DialMax);
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, patience.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Tries the servers that are away, again and again.</summary>
    private async Task WatchOverAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_retryDelay, _clock, _stop.Token);
                await Task.WhenAll(_rotation.Away().Select(TryAgainAsync));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task TryAgainAsync(GatewayEndpoint endpoint)
    {
        try
        {
            using Socket reached = await DialAsync(endpoint);
            _rotation.CameBack(endpoint);
            _log.Info("activated", new LogField("address", endpoint.Address));
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            _log.Warn(
                "failed to activate endpoint (stay inactive for another interval)",
                new("address", endpoint.Address),
                new("interval", _retryDelay),
                new("error", failure.Message));
        }
    }

    private static void Keep(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }
}
