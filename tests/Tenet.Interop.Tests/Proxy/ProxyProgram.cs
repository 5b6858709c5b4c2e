using System.Globalization;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>A running gRPC proxy or gateway: Tenet's, or etcd's own.</summary>
internal sealed class ProxyProgram : IAsyncDisposable
{
    private readonly RunningProgram _program;

    private ProxyProgram(RunningProgram program, int port)
    {
        _program = program;
        Port = port;
        Client = new EtcdClient(port);
    }

    public int Port { get; }

    public EtcdClient Client { get; }

    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public string Log => _program.Log;

    /// <summary>Starts <c>grpc-proxy</c> or <c>gateway</c> and waits until it serves.</summary>
    public static async Task<ProxyProgram> StartAsync(ServerBinary binary, string command, params string[] flags)
    {
        int port = Ports.Next();
        ProxyProgram proxy = new(RunningProgram.Start(binary, [command, "start", "--listen-addr", $"127.0.0.1:{port}", .. flags]), port);
        try
        {
            await proxy._program.ServesAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs etcdctl at the proxy.</summary>
    public Task<ToolResult> EtcdctlAsync(params string[] arguments) =>
        Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", Endpoint, "--command-timeout", "10s", "--dial-timeout", "10s", .. arguments]);

    /// <summary>SIGTERM; the exit code.</summary>
    public Task<int> StopAsync() => _program.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _program.DisposeAsync();
    }
}
