using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Tenet.Peer.Serving;

namespace Tenet.Peer;

/// <summary>
/// Listens on the peer URLs over HTTP/1.1 (contract/consensus.md, part 4). It may listen before there is a member: until
/// <see cref="PeerTransport.Start"/> probes are answered, and every other connection is closed without a word, as if nobody were there yet.
/// </summary>
public sealed class PeerServer : IAsyncDisposable
{
    /// <summary>Go's bound on the headers of a request.</summary>
    private const int HeaderBytesMax = 1024 * 1024;

    /// <summary>How long answers under way may take when the server stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly KestrelServer _kestrel;

    private PeerServer(KestrelServer kestrel, IReadOnlyList<string> urls)
    {
        _kestrel = kestrel;
        Urls = urls;
    }

    /// <summary>The URLs as bound, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>Listens.</summary>
    /// <param name="transport">What peers are connected to.</param>
    /// <param name="endPoints">Where to listen.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="IOException">An address cannot be bound; then none stays bound. The message is etcd's.</exception>
    public static async Task<PeerServer> StartAsync(PeerTransport transport, IReadOnlyList<IPEndPoint> endPoints, CancellationToken cancellation = default)
    {
        KestrelServerOptions options = Limits(transport.Options);
        List<ListenOptions> listening = [];
        foreach (IPEndPoint endPoint in endPoints)
        {
            options.Listen(endPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listening.Add(listen);
            });
        }
        PeerServerLog log = new(transport.Options.Log);
        KestrelServer kestrel = new(Options.Create(options), new SocketTransportFactory(Options.Create(SocketOptions()), log), log);
        try
        {
            await kestrel.StartAsync(new PeerApplication(transport), cancellation);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            kestrel.Dispose();
            throw new IOException(BindProblem(failure, endPoints), failure);
        }
        return new PeerServer(kestrel, [.. listening.Select(static listen => $"http://{listen.IPEndPoint}")]);
    }

    /// <summary>Closes every connection. Stop the transport first, which ends the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(StopGrace);
        await _kestrel.StopAsync(patience.Token);
        _kestrel.Dispose();
    }

    private static string BindProblem(Exception failure, IReadOnlyList<IPEndPoint> endPoints)
    {
        SocketException? socket = failure as SocketException ?? failure.GetBaseException() as SocketException;
        bool taken = failure.InnerException is AddressInUseException || socket?.SocketErrorCode == SocketError.AddressAlreadyInUse;
        // Kestrel names the address in its text, and that is the only place.
        IPEndPoint? culprit = endPoints.Count == 1 ? endPoints[0] : endPoints.FirstOrDefault(endPoint => failure.Message.Contains(endPoint.ToString(), StringComparison.Ordinal));
        string address = culprit?.ToString() ?? string.Join(", ", endPoints);
        return $"listen tcp {address}: bind: {(taken ? "address already in use" : socket?.Message ?? failure.Message)}";
    }

    private static KestrelServerOptions Limits(PeerTransportOptions transport)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowResponseHeaderCompression = false };
        KestrelServerLimits limits = kestrel.Limits;
        // Bodies are bounded by whoever reads them: a snapshot has no bound, everything else has.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = transport.ReadTimeout;
        limits.RequestHeadersTimeout = transport.ReadTimeout;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestLineSize = HeaderBytesMax;
        limits.MaxRequestBufferSize = 2 * HeaderBytesMax;
        limits.MaxRequestHeaderCount = 10_000;
        limits.MaxResponseBufferSize = 256 * 1024;
        return kestrel;
    }

    private static SocketTransportOptions SocketOptions() => new()
    {
        Backlog = 1024,
        NoDelay = true,
    };
}
