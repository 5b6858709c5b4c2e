using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Transport.Tls;

namespace Tenet.Transport.Listening;

/// <summary>
/// One bound address. Accepts connections, speaks TLS where the address asks for it, and hands on what came through. What a stranger does
/// meanwhile costs no other connection anything: each is opened by itself, within bounds of time and number.
/// </summary>
public sealed class Port
{
    private const byte TlsHandshakeRecord = 0x16;

    /// <summary>How long a connection may say nothing that tells whether it is TLS: etcd's bound for reading headers.</summary>
    private static readonly TimeSpan FirstByteTimeout = TimeSpan.FromMinutes(5);

    private readonly IConnectionListener _listener;
    private readonly TlsServer? _tls;
    private readonly bool _plain;
    private readonly string? _socketFile;
    private readonly ILog _log;
    private readonly ConcurrentDictionary<ConnectionContext, bool> _opening = new();
    private Task _accepting = Task.CompletedTask;
    private int _unbound;

    private Port(ListenAddress address, IConnectionListener listener, TlsServer? tls, bool plain, ILog log)
    {
        Url = address.UrlOf(listener.EndPoint);
        _socketFile = (address.EndPoint as UnixDomainSocketEndPoint)?.ToString();
        _listener = listener;
        _tls = tls;
        _plain = plain;
        _log = log;
    }

    /// <summary>The address as bound.</summary>
    public string Url { get; }

    /// <summary>Binds an address. Nothing is accepted before <see cref="Serve"/>.</summary>
    /// <param name="address">Where; an address with TLS needs <paramref name="tls"/>.</param>
    /// <param name="tls">How TLS is spoken there.</param>
    /// <param name="plainToo">Whether connections without TLS are served as well, on an address with TLS.</param>
    /// <param name="sockets">Makes the listening socket.</param>
    /// <param name="log">Where failures of the listener go.</param>
    /// <exception cref="IOException">It cannot be bound; the message is etcd's.</exception>
    public static async Task<Port> BindAsync(ListenAddress address, TlsServer? tls, bool plainToo, IConnectionListenerFactory sockets, ILog log)
    {
        if (address.EndPoint is UnixDomainSocketEndPoint unix)
            RemoveStaleSocket(unix, address);
        try
        {
            IConnectionListener listener = await sockets.BindAsync(address.EndPoint);
            return new Port(address, listener, address.Secure ? tls : null, plainToo || !address.Secure, log);
        }
        catch (AddressInUseException failure)
        {
            throw Taken(address, failure);
        }
        catch (SocketException failure)
        {
            throw new IOException($"listen {address.Named}: bind: {failure.Message}", failure);
        }
    }

    /// <summary>Accepts connections from now on.</summary>
    /// <param name="open">Takes an opened connection; false if it does not want it, which closes the connection.</param>
    public void Serve(Func<ConnectionContext, Task<bool>> open)
    {
        Invariant.That(_tls is not null || _plain, $"{Url} has no TLS settings");
        _accepting = AcceptAsync(open);
    }

    /// <summary>Stops accepting and closes the connections that are still being opened. Later calls wait for the first.</summary>
    public async ValueTask UnbindAsync()
    {
        bool first = Interlocked.Exchange(ref _unbound, 1) == 0;
        if (first)
        {
            await _listener.UnbindAsync();
            foreach (ConnectionContext connection in _opening.Keys)
                connection.Abort();
        }
        await _accepting;
        await _listener.DisposeAsync();
        if (first && _socketFile is not null)
            File.Delete(_socketFile);
    }

    /// <summary>A socket file that nobody listens on is a leftover and in the way; one that answers is somebody's.</summary>
    private static void RemoveStaleSocket(UnixDomainSocketEndPoint endPoint, ListenAddress address)
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
        throw Taken(address, null);
    }

    private static IOException Taken(ListenAddress address, Exception? failure) => new($"listen {address.Named}: bind: address already in use", failure);

    private async Task AcceptAsync(Func<ConnectionContext, Task<bool>> open)
    {
        while (true)
        {
            try
            {
                ConnectionContext? connection = await _listener.AcceptAsync();
                if (connection is null)
                    return;
                _ = OpenAsync(connection, open);
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

    private async Task OpenAsync(ConnectionContext connection, Func<ConnectionContext, Task<bool>> open)
    {
        _opening[connection] = true;
        connection.Features.Set<IMemoryPoolFeature>(ConnectionMemory.OfProcess);
        // Unbinding may have passed over the set just before.
        if (Volatile.Read(ref _unbound) == 1)
            connection.Abort();
        bool opened = false;
        try
        {
            opened = await SecureAsync(connection) && await open(connection);
        }
        catch (Exception failure)
        {
            // Whatever it was, it was about one connection.
            _log.Error("a connection could not be opened", new("address", Url), new("error", failure));
        }
        finally
        {
            _opening.TryRemove(connection, out _);
            if (!opened)
            {
                if (connection.Features.Get<TlsSession>() is { } session)
                    await session.CloseAsync();
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Whether the connection may go on: plain where that is allowed, else with TLS behind it.</summary>
    private async Task<bool> SecureAsync(ConnectionContext connection)
    {
        if (_tls is null)
            return true;
        if (_plain && await FirstByteAsync(connection) is var first && first != TlsHandshakeRecord)
            return first is not null;
        return await _tls.OpenAsync(connection);
    }

    /// <summary>The first byte, which stays unread; null if there comes none.</summary>
    private static async Task<byte?> FirstByteAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        using var patience = new CancellationTokenSource(FirstByteTimeout);
        try
        {
            ReadResult read = await input.ReadAsync(patience.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }
}
