using Tenet.Client;
using Tenet.Client.Calls;

namespace Tenet.Proxy.Tests.Support;

/// <summary>A further proxy before a bed's member.</summary>
internal sealed class OtherProxy : IAsyncDisposable
{
    private readonly ClientInvoker _servers;
    private readonly GrpcProxy _proxy;

    private OtherProxy(ClientInvoker servers, GrpcProxy proxy)
    {
        (_servers, _proxy) = (servers, proxy);
        Client = new Channel(proxy.Urls[0]);
    }

    public Channel Client { get; }

    public static async Task<OtherProxy> StartAsync(ProxyBed bed, GrpcProxyOptions options)
    {
        ClientInvoker servers = new(new TenetClientOptions { Endpoints = [bed.Member.Urls[0]] });
        return new OtherProxy(servers, await GrpcProxy.StartAsync(options, servers));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _proxy.DisposeAsync();
        await _servers.DisposeAsync();
    }
}
