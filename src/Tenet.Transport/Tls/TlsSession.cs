using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Tenet.Transport.Tls;

/// <summary>What is known of a connection that speaks TLS; a feature of the connection and of every request on it.</summary>
public sealed class TlsSession : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    /// <summary>How long a caller may take to hear that the connection ends.</summary>
    private static readonly TimeSpan FarewellMax = TimeSpan.FromSeconds(1);

    private readonly SslStream _stream;

    internal TlsSession(SslStream stream, X509Certificate2? certificate, string? commonName)
    {
        _stream = stream;
        ClientCertificate = certificate;
        CommonName = commonName;
    }

    /// <summary>
    /// The common name of the certificate that the caller proved to own, where the listener takes it for the caller's name (empty if it has none);
    /// null elsewhere.
    /// </summary>
    public string? CommonName { get; }

    /// <summary>The certificate, verified; null if none was demanded.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The protocol that both ends agreed on, or nothing.</summary>
    public ReadOnlyMemory<byte> ApplicationProtocol => _stream.NegotiatedApplicationProtocol.Protocol;

    /// <summary>Whether both ends agreed on HTTP/2.</summary>
    public bool IsHttp2 => _stream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;

    /// <inheritdoc/>
    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    /// <summary>Puts TLS between a connection and its users.</summary>
    internal void Attach(ConnectionContext connection)
    {
        MemoryPool<byte>? pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool;
        connection.Transport = new Pipes(
            PipeReader.Create(_stream, new StreamPipeReaderOptions(pool, leaveOpen: true)),
            PipeWriter.Create(_stream, new StreamPipeWriterOptions(pool, leaveOpen: true)));
        connection.Features.Set(this);
        connection.Features.Set<ITlsConnectionFeature>(this);
        connection.Features.Set<ITlsApplicationProtocolFeature>(this);
    }

    /// <summary>Tells the caller that nothing more comes. The connection itself stays for its owner to close.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await _stream.ShutdownAsync().WaitAsync(FarewellMax);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or TimeoutException or OperationCanceledException)
        {
            // The caller does not listen any more.
        }
        await _stream.DisposeAsync();
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
