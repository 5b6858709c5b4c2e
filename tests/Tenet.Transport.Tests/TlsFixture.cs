using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tenet.Foundation.Logging;
using Tenet.Tests;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Transport.Tests;

/// <summary>A directory with an authority and a pair for 127.0.0.1, and ports that greet whoever is let in.</summary>
internal sealed class TlsFixture : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<Port> _ports = [];

    public TlsFixture()
    {
        Authority = new TestAuthority(Scratch);
        Server = Authority.Issue("server", "server", "127.0.0.1", "localhost");
        Settings = new TlsSettings { CertFile = Server.CertFile, KeyFile = Server.KeyFile };
    }

    public string Scratch { get; } = Directory.CreateTempSubdirectory("tenet-tls-").FullName;

    public TestAuthority Authority { get; }

    public TestPair Server { get; }

    /// <summary>The server's pair and nothing else.</summary>
    public TlsSettings Settings { get; }

    /// <summary>The same, and clients must show a certificate.</summary>
    public TlsSettings Mutual => Settings with { TrustedCaFile = Authority.File, ClientCertAuth = true };

    public TlsLog Log { get; } = new();

    /// <summary>Listens; what is let in reads the common name it is taken for.</summary>
    public async Task<Uri> ListenAsync(TlsServer server, string url = "https://127.0.0.1:0", bool plainToo = false)
    {
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        Port port = await Port.BindAsync(ListenAddress.Parse(url), server, plainToo, sockets, Log);
        _ports.Add(port);
        port.Serve(async connection =>
        {
            TlsSession? session = connection.Features.Get<TlsSession>();
            string greeting = session is null ? "in the clear" : $"hello {session.CommonName ?? "stranger"}";
            await connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(greeting));
            return false;
        });
        return new Uri(port.Url);
    }

    public Task<Uri> ListenAsync(TlsSettings settings, TlsDoor door = TlsDoor.Clients) => ListenAsync(new TlsServer(settings, door, Log));

    /// <summary>Connects with TLS and reads what comes; empty if the connection is closed.</summary>
    public async Task<string> GreetAsync(Uri uri, TestPair? pair = null, TlsSettings? settings = null)
    {
        TlsSettings own = (settings ?? new TlsSettings()) with { TrustedCaFile = Authority.File, CertFile = pair?.CertFile ?? "", KeyFile = pair?.KeyFile ?? "" };
        var client = new TlsClient(own, NoLog.Instance);
        using var cancellation = new CancellationTokenSource(Patience);
        var tcp = new TcpClient();
        await tcp.ConnectAsync(uri.Host, uri.Port, cancellation.Token);
        try
        {
            await using Stream stream = await client.OpenAsync(tcp.GetStream(), uri.Host, SslApplicationProtocol.Http11, cancellation.Token);
            return await ReadAsync(stream, cancellation.Token);
        }
        catch (IOException)
        {
            return "";
        }
        finally
        {
            tcp.Dispose();
        }
    }

    /// <summary>Sends bytes as they are and reads what comes until the connection is closed.</summary>
    public static async Task<string> SendRawAsync(Uri uri, string bytes)
    {
        using var cancellation = new CancellationTokenSource(Patience);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(uri.Host, uri.Port, cancellation.Token);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes), cancellation.Token);
        try
        {
            return await ReadAsync(tcp.GetStream(), cancellation.Token);
        }
        catch (IOException)
        {
            return "";
        }
    }

    public static async Task<string> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, cancellation);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Port port in _ports)
            await port.UnbindAsync();
        Authority.Dispose();
        Directory.Delete(Scratch, recursive: true);
    }
}

/// <summary>Keeps every line, and lets a test wait for one.</summary>
internal sealed class TlsLog : ILog
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _written = new(0);

    public IReadOnlyCollection<string> Lines => _lines;

    public bool IsEnabled(LogLevel level) => true;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        string line = $"{level} {message}";
        foreach (LogField field in fields)
            line += $" {field.Name}={(field.Value is IEnumerable<string> list ? string.Join('|', list) : field.Value)}";
        _lines.Enqueue(line);
        _written.Release();
    }

    /// <summary>Waits for a line that contains this.</summary>
    public async Task<string> LineAsync(string part)
    {
        while (true)
        {
            if (_lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } found)
                return found;
            Assert.True(await _written.WaitAsync(TlsFixture.Patience), $"nobody said {part}; but:\n{string.Join('\n', _lines)}");
        }
    }
}
