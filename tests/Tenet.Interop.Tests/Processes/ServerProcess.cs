using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tenet.Interop.Tests.Wire;

namespace Tenet.Interop.Tests.Processes;

/// <summary>A running server. Both kinds are told the same peer and client URLs, so that all identifiers come out equal.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string PeerUrl = "http://127.0.0.1:23800";
    public const string ClientUrl = "http://127.0.0.1:23790";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private ServerProcess(ServerBinary binary, string dataDirectory, int port, Process process)
    {
        Binary = binary;
        DataDirectory = dataDirectory;
        Port = port;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardError), ReadAsync(process.StandardOutput));
        Client = new EtcdClient(port);
    }

    public ServerBinary Binary { get; }

    public string DataDirectory { get; }

    public int Port { get; }

    public EtcdClient Client { get; }

    public int ProcessId => _process.Id;

    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts a server and waits until it serves.</summary>
    public static async Task<ServerProcess> StartAsync(ServerBinary binary, string dataDirectory, params string[] flags)
    {
        ServerProcess server = Launch(binary, dataDirectory, flags);
        Task first = await Task.WhenAny(server._ready.Task, server._process.WaitForExitAsync(), Task.Delay(Limit));
        if (first == server._ready.Task)
            return server;
        await server.DisposeAsync();
        throw new InvalidOperationException($"{binary} did not get ready; it said:\n{server.Log}");
    }

    /// <summary>Starts a server that is expected to give up, and waits for its end.</summary>
    public static async Task<ToolResult> StartAndFailAsync(ServerBinary binary, string dataDirectory, params string[] flags)
    {
        await using ServerProcess server = Launch(binary, dataDirectory, flags);
        Task first = await Task.WhenAny(server._ready.Task, server._process.WaitForExitAsync(), Task.Delay(Limit));
        Assert.False(first == server._ready.Task, $"{binary} started although it should not have:\n{server.Log}");
        Assert.True(server._process.HasExited, $"{binary} hangs; it said:\n{server.Log}");
        await server._reading;
        return new(server._process.ExitCode, "", server.Log);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Tool.SignalAsync(_process.Id, "TERM");
        using CancellationTokenSource limit = new(Limit);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        await _reading;
        _process.Dispose();
    }

    private static ServerProcess Launch(ServerBinary binary, string dataDirectory, string[] flags)
    {
        int port = Ports.Next();
        string[] own =
        [
            "--data-dir", dataDirectory,
            "--listen-client-urls", $"http://127.0.0.1:{port}",
            "--advertise-client-urls", ClientUrl,
            "--listen-peer-urls", $"http://127.0.0.1:{Ports.Next()}",
            "--initial-advertise-peer-urls", PeerUrl,
            "--initial-cluster", $"default={PeerUrl}",
        ];
        // Given flags come last: the last occurrence of a flag wins.
        return new(binary, dataDirectory, port, Tool.Start(binary.FileName, [.. binary.Prefix, .. own, .. flags]));
    }

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.AppendLine(line);
            if (line.Contains("ready to serve client requests", StringComparison.Ordinal))
                _ready.TrySetResult(true);
        }
    }
}
