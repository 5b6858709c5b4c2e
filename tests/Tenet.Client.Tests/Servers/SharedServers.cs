namespace Tenet.Client.Tests.Servers;

/// <summary>One server of each kind for all tests that only need keys of their own; started when first asked for.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    private readonly Dictionary<ServerKind, Lazy<Task<TestServer>>> _servers = new()
    {
        [ServerKind.Tenet] = new(() => TestServer.StartAsync(ServerKind.Tenet)),
        [ServerKind.Etcd] = new(() => TestServer.StartAsync(ServerKind.Etcd)),
    };

    internal Task<TestServer> GetAsync(ServerKind kind) => _servers[kind].Value;

    internal async Task<TenetClient> ClientAsync(ServerKind kind) => (await GetAsync(kind)).Client();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (Lazy<Task<TestServer>> server in _servers.Values)
        {
            if (server.IsValueCreated)
                await (await server.Value).DisposeAsync();
        }
    }
}
