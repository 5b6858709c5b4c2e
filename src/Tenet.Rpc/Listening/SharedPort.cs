using System.IO.Pipelines;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Tenet.Foundation.Logging;
using Tenet.Rpc.Guarding;
using Tenet.Rpc.Http;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Rpc.Listening;

/// <summary>
/// One bound address that serves gRPC and pages. Looks at the first bytes of each connection without consuming them, and passes it on to the
/// listener of its protocol; with TLS, both ends must have agreed on that protocol. A connection that speaks neither is closed without an answer,
/// as etcd does.
/// </summary>
internal sealed class SharedPort
{
    /// <summary>How long a connection may say nothing that tells its protocol: etcd's bound for reading headers.</summary>
    private static readonly TimeSpan FirstBytesTimeout = TimeSpan.FromMinutes(5);

    private readonly Port _port;
    private readonly PageTable _pages;
    private readonly bool _grpc;
    private readonly TimeSpan _pingMinTime;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();

    private SharedPort(RpcListener options, Port port, PageTable pages, TimeSpan pingMinTime)
    {
        _grpc = options.Grpc;
        _pingMinTime = pingMinTime;
        _pages = pages;
        _port = port;
        _port.Serve(PassOnAsync);
    }

    /// <summary>The address as bound.</summary>
    public string Url => _port.Url;

    /// <summary>Binds an address; throws <see cref="IOException"/> naming it if that cannot be done.</summary>
    public static async Task<SharedPort> BindAsync(RpcListener options, IConnectionListenerFactory sockets, PageTable pages, TimeSpan pingMinTime, ILog log)
    {
        var address = ListenAddress.Parse(options.Url);
        if (address.Secure && options.Tls is null)
            throw new ArgumentException($"listen URL {options.Url}: no TLS settings");
        return new SharedPort(options, await Port.BindAsync(address, options.Tls, options.PlainToo, options.Host ?? sockets, log), pages, pingMinTime);
    }

    /// <summary>What Kestrel binds to get the connections of one protocol.</summary>
    public PortEndPoint EndPointOf(FirstBytesVerdict protocol) =>
        new($"{Url} ({protocol})", (protocol == FirstBytesVerdict.Http2 ? _http2 : _http1).Reader, UnbindAsync);

    /// <summary>Stops accepting and closes the connections that have not spoken yet. Later calls wait for the first.</summary>
    public async ValueTask UnbindAsync()
    {
        await _port.UnbindAsync();
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    private async Task<bool> PassOnAsync(ConnectionContext connection)
    {
        FirstBytesVerdict verdict = await JudgeAsync(connection);
        TlsSession? tls = connection.Features.Get<TlsSession>();
        if (tls is not null && tls.IsHttp2 != (verdict == FirstBytesVerdict.Http2))
            return false;
        // Behind TLS there are pages for HTTP/2 as well: browsers and scrapers agree on it.
        bool paged = !_pages.IsEmpty && (verdict == FirstBytesVerdict.Http1 || tls is not null);
        if (paged)
            connection.Features.Set(_pages);
        // Where pages are served behind TLS as well, etcd answers HTTP/2 by another server, which minds no pings.
        if (verdict == FirstBytesVerdict.Http2)
            GuardedTransport.Attach(connection, tls is not null && paged ? null : new PingPolicy(_pingMinTime));
        else
            connection.ConnectionClosed = AnswerTime.After(connection.ConnectionClosed);
        return verdict switch
        {
            FirstBytesVerdict.Http2 when _grpc || paged => _http2.Writer.TryWrite(connection),
            FirstBytesVerdict.Http1 when paged => _http1.Writer.TryWrite(connection),
            _ => false,
        };
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
