using System.Globalization;
using Tenet.Interop.Tests.Wire;

namespace Tenet.Interop.Tests.Processes;

/// <summary>A running server of one member. Both kinds are told the same peer and client URLs, so that all identifiers come out equal.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string PeerUrl = "http://127.0.0.1:23800";
    public const string ClientUrl = "http://127.0.0.1:23790";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly RunningProgram _program;

    private ServerProcess(string dataDirectory, int port, RunningProgram program)
    {
        DataDirectory = dataDirectory;
        Port = port;
        _program = program;
        Client = new EtcdClient(port);
    }

    public ServerBinary Binary => _program.Binary;

    public string DataDirectory { get; }

    public int Port { get; }

    public EtcdClient Client { get; }

    public int ProcessId => _program.Id;

    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public string Log => _program.Log;

    /// <summary>Starts a server and waits until it serves.</summary>
    public static async Task<ServerProcess> StartAsync(ServerBinary binary, string dataDirectory, params string[] flags)
    {
        ServerProcess server = Launch(binary, dataDirectory, flags);
        try
        {
            await server._program.ServesAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server that is expected to give up, and waits for its end.</summary>
    public static async Task<ToolResult> StartAndFailAsync(ServerBinary binary, string dataDirectory, params string[] flags)
    {
        await using ServerProcess server = Launch(binary, dataDirectory, flags);
        Task first = await Task.WhenAny(server._program.Ready, server._program.Exit, Task.Delay(Limit));
        Assert.False(first == server._program.Ready, $"{binary} started although it should not have:\n{server.Log}");
        Assert.True(server._program.HasExited, $"{binary} hangs; it said:\n{server.Log}");
        return new(await server._program.EndsAsync(), "", server.Log);
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _program.KillAsync();

    /// <summary>SIGTERM; the exit code.</summary>
    public Task<int> StopAsync() => _program.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _program.DisposeAsync();
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
            "--bcrypt-cost", "4",
        ];
        // Given flags come last: the last occurrence of a flag wins.
        return new(dataDirectory, port, RunningProgram.Start(binary, [.. own, .. flags]));
    }
}
