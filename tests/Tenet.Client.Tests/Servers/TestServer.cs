namespace Tenet.Client.Tests.Servers;

/// <summary>Which program answers a test's calls.</summary>
public enum ServerKind
{
    /// <summary>A member in this process.</summary>
    Tenet,

    /// <summary>A process of etcd 3.5.30.</summary>
    Etcd,
}

/// <summary>One member, on loopback, that can be stopped and started again at the same place.</summary>
internal abstract class TestServer : IAsyncDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("tenet-client-").FullName;

    public int Port { get; } = Ports.Next();

    public string Endpoint => $"127.0.0.1:{Port}";

    protected string DataDirectory => Path.Combine(_scratch, "data");

    public static async Task<TestServer> StartAsync(ServerKind kind)
    {
        TestServer server = kind == ServerKind.Tenet ? new TenetServer() : new EtcdServer();
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public TenetClient Client(Action<TenetClientOptions>? configure = null)
    {
        TenetClientOptions options = new() { Endpoints = [Endpoint] };
        configure?.Invoke(options);
        return new TenetClient(options);
    }

    public abstract Task StartAsync();

    public abstract Task StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_scratch, recursive: true);
    }
}
