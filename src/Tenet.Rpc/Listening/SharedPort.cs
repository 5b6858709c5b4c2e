using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Tenet.Foundation.Logging;
using Tenet.Rpc.Http;

namespace Tenet.Rpc.Listening;

/// <summary>
/// One bound address. Accepts connections, looks at their first bytes without consuming them, and passes each on to the listener of its
/// protocol. A connection that speaks neither is closed without an answer, as etcd does.
/// </summary>
internal sealed class SharedPort
{
    /// <summary>How long a connection may say nothing that tells its protocol: etcd's bound for reading headers.</summary>
    private static readonly TimeSpan FirstBytesTimeout = TimeSpan.FromMinutes(5);

    private readonly IConnectionListener _listener;
    private readonly ILog _log;
    private readonly PageTable _pages;
    private readonly bool _grpc;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly ConcurrentDictionary<ConnectionContext, bool> _silent = new();
    private readonly Task _accepting;
    private int _unbound;

    private SharedPort(RpcListener options, string url, IConnectionListener listener, PageTable pages, ILog log)
    {
        Url = url;
        _grpc = options.Grpc;
        _pages = pages;
        _listener = listener;
        _log = log;
        _accepting = AcceptAsync();
    }

    /// <summary>The address as bound.</summary>
    public string Url { get; }

    /// <summary>Binds an address; throws <see cref="IOException"/> naming it if that cannot be done.</summary>
    public static async Task<SharedPort> BindAsync(RpcListener options, SocketTransportFactory sockets, PageTable pages, ILog log)
    {
        var address = ListenAddress.Parse(options.Url);
        if (address.EndPoint is UnixDomainSocketEndPoint unix)
            RemoveStaleSocket(unix, address.Url);
        try
        {
            IConnectionListener listener = await sockets.BindAsync(address.EndPoint);
            return new SharedPort(options, address.UrlOf(listener.EndPoint), listener, pages, log);
        }
        catch (AddressInUseException failure)
        {
            throw new IOException($"cannot listen on {address.Url}: address already in use", failure);
        }
        catch (SocketException failure)
        {
            throw new IOException($"cannot listen on {address.Url}: {failure.Message}", failure);
        }
    }

    public ChannelReader<ConnectionContext> Connections(FirstBytesVerdict protocol) => (protocol == FirstBytesVerdict.Http2 ? _http2 : _http1).Reader;

    /// <summary>Stops accepting and closes the connections that have not spoken yet. Later calls wait for the first.</summary>
    public async ValueTask UnbindAsync()
    {
        if (Interlocked.Exchange(ref _unbound, 1) == 0)
        {
            await _listener.UnbindAsync();
            foreach (ConnectionContext connection in _silent.Keys)
                connection.Abort();
        }
        await _accepting;
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
        await _listener.DisposeAsync();
    }

    /// <summary>A socket file that nobody listens on is a leftover and in the way; one that answers is somebody's.</summary>
    private static void RemoveStaleSocket(UnixDomainSocketEndPoint endPoint, string url)
    {
        string path = endPoint.ToString()!;
        if (!File.Exists(path))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }
        throw new IOException($"cannot listen on {url}: address already in use");
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                ConnectionContext? connection = await _listener.AcceptAsync();
                if (connection is null)
                    return;
                _ = PassOnAsync(connection);
            }
            catch (Exception failure) when (Volatile.Read(ref _unbound) == 0)
            {
                // Out of descriptors, most likely. The listener stays; wait a little for some to be freed.
                _log.Warn("failed to accept a connection", new("address", Url), new("error", failure));
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task PassOnAsync(ConnectionContext connection)
    {
        _silent[connection] = true;
        // Unbinding may have passed over the set just before.
        if (Volatile.Read(ref _unbound) == 1)
            connection.Abort();

        FirstBytesVerdict verdict = await JudgeAsync(connection);
        _silent.TryRemove(connection, out _);
        bool passed = verdict switch
        {
            FirstBytesVerdict.Http2 when _grpc => _http2.Writer.TryWrite(connection),
            FirstBytesVerdict.Http1 when !_pages.IsEmpty => PassToPages(connection),
            _ => false,
        };
        if (!passed)
            await connection.DisposeAsync();
    }

    private bool PassToPages(ConnectionContext connection)
    {
        connection.Features.Set(_pages);
        return _http1.Writer.TryWrite(connection);
    }

    private static async Task<FirstBytesVerdict> JudgeAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        using var patience = new CancellationTokenSource(FirstBytesTimeout);
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync(patience.Token);
                FirstBytesVerdict verdict = FirstBytes.Judge(read.Buffer);
                if (verdict == FirstBytesVerdict.NeedsMore && !read.IsCompleted)
                {
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }
                // Nothing is consumed and nothing counts as examined, so the next reader gets the same bytes at once.
                input.AdvanceTo(read.Buffer.Start);
                return verdict;
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            return FirstBytesVerdict.Refused;
        }
    }
}
