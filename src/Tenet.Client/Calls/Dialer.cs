using System.Net;
using System.Net.Sockets;

namespace Tenet.Client.Calls;

/// <summary>Makes the connection below HTTP/2, and says in Go's words why it could not.</summary>
internal sealed class Dialer(EndpointAddress address, ChannelOptions options)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.DialTimeout);
        if (options.Connect is { } connect)
            return await CustomAsync(connect, limit.Token, cancellation).ConfigureAwait(false);
        if (address.SocketPath is { } path)
            return await SocketAsync("unix", path, new UnixDomainSocketEndPoint(path), limit.Token, cancellation).ConfigureAwait(false);

        // Not what the request names: that may be the certificate's name. The dot of a name as DNS writes it would hide it from /etc/hosts.
        (string host, int port) = (address.Root.IdnHost.TrimEnd('.'), address.Root.Port);
        DialException? first = null;
        foreach (IPAddress candidate in await ResolveAsync(host, limit.Token).ConfigureAwait(false))
        {
            var endpoint = new IPEndPoint(candidate, port);
            try
            {
                return await SocketAsync("tcp", endpoint.ToString(), endpoint, limit.Token, cancellation).ConfigureAwait(false);
            }
            catch (DialException failure)
            {
                first ??= failure;
            }
        }
        throw first ?? new DialException($"dial tcp: lookup {host}: no such host");
    }

    private static async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken limit)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
            return [literal];
        try
        {
            return await Dns.GetHostAddressesAsync(host, limit).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            throw new DialException($"dial tcp: lookup {host}: {(failure.SocketErrorCode == SocketError.HostNotFound ? "no such host" : failure.Message)}", failure);
        }
        catch (OperationCanceledException failure)
        {
            throw new DialException($"dial tcp: lookup {host}: i/o timeout", failure);
        }
    }

    private static async ValueTask<Stream> SocketAsync(string network, string name, EndPoint endpoint, CancellationToken limit, CancellationToken cancellation)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (network == "tcp")
                socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, limit).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new DialException($"dial {network} {name}: connect: {Reason(failure, network)}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new DialException($"dial {network} {name}: i/o timeout", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<Stream> CustomAsync(Func<string, CancellationToken, ValueTask<Stream>> connect, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            return await connect(address.Text, limit).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            throw new DialException($"dial {address.Text}: {(failure is OperationCanceledException ? "i/o timeout" : failure.Message)}", failure);
        }
    }

    private static string Reason(SocketException failure, string network) => failure.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.TimedOut => "connection timed out",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        // The runtime's word for a socket file that is not there.
        SocketError.AddressNotAvailable => network == "unix" ? "no such file or directory" : "cannot assign requested address",
        SocketError.AccessDenied => "permission denied",
        _ => failure.Message,
    };
}
