using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Tenet.Client.Tests;

public sealed class ServiceCollectionTests
{
    [Fact]
    public async Task A_client_is_a_service_with_its_options_from_the_configuration()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["etcd:Endpoints:0"] = "127.0.0.1:2379", ["etcd:CallTimeout"] = "00:00:03" });
        builder.Services.AddTenetClient(options => builder.Configuration.GetSection("etcd").Bind(options));
        using IHost host = builder.Build();
        await host.StartAsync();
        TenetClientOptions options = host.Services.GetRequiredService<IOptions<TenetClientOptions>>().Value;
        Assert.Equal(["127.0.0.1:2379"], options.Endpoints);
        Assert.Equal(TimeSpan.FromSeconds(3), options.CallTimeout);
        Assert.Same(host.Services.GetRequiredService<TenetClient>(), host.Services.GetRequiredService<TenetClient>());
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    [Fact]
    public async Task A_host_with_options_that_cannot_serve_does_not_start()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTenetClient(options => options.Endpoints.Add("ftp://here"));
        using IHost host = builder.Build();
        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("'ftp://here' is no endpoint", refused.Message);
    }
}
