using System.Collections.Frozen;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway;
using Tenet.Rpc.Http;
using Tenet.Rpc.Listening;
using Tenet.Transport;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Rpc;

/// <summary>
/// gRPC and HTTP/1.1 over Kestrel: every address of the options answers both on one port, with or without TLS. Knows methods and pages, not what they do.
/// </summary>
public sealed class GrpcServer : IAsyncDisposable
{
    /// <summary>Go's bound on the headers of a request.</summary>
    private const int HeaderBytesMax = 1024 * 1024;

    private static readonly TimeSpan TcpKeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>How long calls that end with the server may take before connections are told to go.</summary>
    private static readonly TimeSpan FarewellMax = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a stopping server looks whether calls are still open.</summary>
    private static readonly TimeSpan OpenCallsPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>How long last answers may take to drain, and callers to close, after the last call has ended.</summary>
    private static readonly TimeSpan LingerMax = TimeSpan.FromSeconds(3);

    /// <summary>Long enough to be never. Kestrel's own infinity overflows and closes a connection within a second.</summary>
    private static readonly TimeSpan NoTimeout = TimeSpan.FromDays(3650);

    private readonly KestrelServer _kestrel;
    private readonly IReadOnlyList<SharedPort> _ports;
    private readonly IReadOnlyList<CallHandler> _handlers;
    private readonly CancellationTokenSource _stopping;
    private readonly Lock _lock = new();
    private Task? _stopped;

    private GrpcServer(
        KestrelServer kestrel, IReadOnlyList<SharedPort> ports, IReadOnlyList<CallHandler> handlers, CancellationTokenSource stopping)
    {
        _handlers = handlers;
        _kestrel = kestrel;
        _ports = ports;
        _stopping = stopping;
        Urls = [.. ports.Select(port => port.Url)];
    }

    /// <summary>The addresses as bound, in the order of the options, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>
    /// Binds every address and starts to answer. Throws <see cref="IOException"/> naming the address if one cannot be bound (then none
    /// stays bound), and <see cref="ArgumentException"/> for a URL that cannot be served.
    /// </summary>
    public static async Task<GrpcServer> StartAsync(GrpcServerOptions options, CancellationToken cancellation = default)
    {
        var log = new KestrelLog(options.Log, "client transport");
        var stopping = new CancellationTokenSource();
        var sockets = new SocketTransportFactory(Options.Create(SocketOptions(options.SocketReuse)), log);
        var ports = new List<SharedPort>();
        try
        {
            CallServices services = Services(options, stopping.Token);
            Lazy<JsonGateway> gateway = new(() => new(options.Methods, services));
            foreach (RpcListener listener in options.Listeners)
                ports.Add(await SharedPort.BindAsync(listener, sockets, new PageTable(listener, listener.Gateway ? gateway : null), options.KeepAliveMinTime, options.Log));
            var kestrel = new KestrelServer(Options.Create(KestrelOptions(options, ports)), new PortTransport(), log);
            await kestrel.StartAsync(new RpcApplication(services), cancellation);
            // What it knows of each message takes longer to gather than all else here; callers of gRPC need not wait for it.
            if (options.Listeners.Any(static listener => listener.Gateway))
                ThreadPool.QueueUserWorkItem(static gateway => _ = gateway.Value, gateway, preferLocal: false);
            return new GrpcServer(kestrel, ports, services.Handlers.Values, stopping);
        }
        catch
        {
            foreach (SharedPort port in ports)
                await port.UnbindAsync();
            stopping.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes no more connections and calls, tells the callers (GOAWAY), cancels endless calls (they end as <c>server stopped</c>) and
    /// lets the others finish for at most <paramref name="grace"/>; then closes what is left. Later calls wait for the first.
    /// </summary>
    public Task StopAsync(TimeSpan grace)
    {
        lock (_lock)
            return _stopped ??= StopOnceAsync(grace);
    }

    /// <summary>Stops without grace.</summary>
    public ValueTask DisposeAsync() => new(StopAsync(TimeSpan.Zero));

    private async Task StopOnceAsync(TimeSpan grace)
    {
        foreach (SharedPort port in _ports)
            await port.UnbindAsync();
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(grace);

        // Endless calls end by themselves now. Kestrel may close a connection that was told to go before the last words of its last call
        // are out, so nobody is told before they are, unless other calls keep coming.
        using var farewell = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        farewell.CancelAfter(FarewellMax);
        while (!farewell.IsCancellationRequested)
        {
            bool open = CallsAreOpen();
            await Task.Delay(OpenCallsPoll);
            if (!open)
                break;
        }

        using var linger = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        Task closing = _kestrel.StopAsync(linger.Token);
        while (!closing.IsCompleted && !patience.IsCancellationRequested && CallsAreOpen())
            await Task.WhenAny(closing, Task.Delay(OpenCallsPoll));
        // Callers close a connection that was told to go once their last call has ended. Those that do not are not waited for.
        linger.CancelAfter(LingerMax);
        await closing;
        _kestrel.Dispose();
        _stopping.Dispose();
    }

    private bool CallsAreOpen()
    {
        foreach (CallHandler handler in _handlers)
        {
            if (handler.Metrics.Open > 0)
                return true;
        }
        return false;
    }

    private static CallServices Services(GrpcServerOptions options, CancellationToken stopping)
    {
        var metrics = new RpcMetrics(options.Metrics, options.ExtensiveMetrics);
        return new CallServices(
            options.Methods.ToFrozenDictionary(method => method.Path, method => CallHandler.Of(method, metrics), StringComparer.Ordinal),
            options.Methods.Select(method => method.Service).ToFrozenSet(StringComparer.Ordinal),
            new CallLimits(options.ReceiveBytesMax, options.SendBytesMax),
            metrics,
            options.Log,
            stopping);
    }

    private static SocketTransportOptions SocketOptions(SocketReuse reuse) => new()
    {
        Backlog = 4096,
        CreateBoundListenSocket = endPoint =>
        {
            Socket socket = ListenSocket.Bind(endPoint, reuse);
            if (socket.ProtocolType == ProtocolType.Tcp)
            {
                // Accepted sockets inherit this, so that a peer that vanished without a word is noticed even with pings off.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)TcpKeepAlive.TotalSeconds);
            }
            return socket;
        },
    };

    private static KestrelServerOptions KestrelOptions(GrpcServerOptions options, IReadOnlyList<SharedPort> ports)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        // A silent or slow stream is normal here: flow control holds it, and pings notice a dead peer.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = NoTimeout;
        limits.RequestHeadersTimeout = TimeSpan.FromMinutes(5);
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = 10_000;
        limits.Http2.MaxRequestHeaderFieldSize = HeaderBytesMax;
        limits.Http2.MaxStreamsPerConnection = (int)Math.Min(options.ConcurrentStreamsMax, int.MaxValue);
        bool asked = options.KeepAliveInterval > TimeSpan.Zero && options.KeepAliveTimeout > TimeSpan.Zero;
        limits.Http2.KeepAlivePingDelay = AtLeastASecond(asked ? options.KeepAliveInterval : GrpcServerOptions.DefaultKeepAliveInterval);
        limits.Http2.KeepAlivePingTimeout = AtLeastASecond(asked ? options.KeepAliveTimeout : GrpcServerOptions.DefaultKeepAliveTimeout);
        foreach (SharedPort port in ports)
        {
            kestrel.Listen(port.EndPointOf(FirstBytesVerdict.Http2), listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.EndTls();
            });
            kestrel.Listen(port.EndPointOf(FirstBytesVerdict.Http1), listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.EndTls();
            });
        }
        return kestrel;
    }

    private static TimeSpan AtLeastASecond(TimeSpan asked) => asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : asked;
}
