using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Foundation.Files.Simulation;
using Tenet.Hosting.Testing;

namespace Tenet.Hosting.Tests;

public sealed class TenetServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_host_runs_a_member_that_is_configured_like_everything_else()
    {
        using IHost host = Build(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Tenet:Name"] = "configured",
                ["Tenet:InMemory"] = "true",
                ["Tenet:ListenClientUrls:0"] = "http://127.0.0.1:0",
            });
            builder.AddTenetServer();
        });
        await host.StartAsync();
        TenetServer server = host.Services.GetRequiredService<TenetServer>();
        await using TenetClient client = server.CreateClient();
        await client.PutAsync("a", "1");
        TenetMember member = await server.Started;
        await using TenetClient outside = new(member.Urls.Single());
        Assert.Equal("1", await outside.GetAsync("a"));
        Dictionary<string, HealthStatus> health = await HealthAsync(host);
        Assert.Equal(HealthStatus.Healthy, health["tenet-live"]);
        Assert.Equal(HealthStatus.Healthy, health["tenet-ready"]);
        await host.StopAsync();
        Assert.Throws<IOException>(() => member.Connect());
        Assert.False(server.Failure.IsCompleted);
    }

    [Fact]
    public async Task A_failing_disk_faults_the_service_and_not_the_host()
    {
        DiskSwitch failing = new();
        LinesOfHost lines = new();
        using IHost host = Build(builder =>
        {
            builder.Logging.AddProvider(lines);
            builder.AddTenetServer(options => options.Configure = _ => TenetOptions.OnDisk(new SimFileSystem { Faults = failing }, "one"));
        });
        await host.StartAsync();
        TenetServer server = host.Services.GetRequiredService<TenetServer>();
        await using TenetClient client = server.CreateClient();
        await client.PutAsync("a", "1");
        failing.Fail("input/output error");
        await Assert.ThrowsAsync<CallException>(() => client.PutAsync("a", "2", new CallOptions { Timeout = TimeSpan.FromSeconds(2) }));
        Assert.Contains("the disk failed", await server.Failure.WaitAsync(Patience));
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(host))["tenet-live"]);
        Assert.Contains(lines.All, static line => line.StartsWith("Critical Tenet the member has failed", StringComparison.Ordinal));
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_member_that_cannot_start_faults_the_service_and_not_the_host()
    {
        DiskSwitch failing = new();
        failing.Fail("no such device");
        using IHost host = Build(builder =>
            builder.AddTenetServer(options => options.Configure = _ => TenetOptions.OnDisk(new SimFileSystem { Faults = failing }, "one")));
        await host.StartAsync();
        TenetServer server = host.Services.GetRequiredService<TenetServer>();
        Assert.Contains("no such device", await server.Failure.WaitAsync(Patience));
        Assert.True(server.Started.IsFaulted);
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Contains("no such device", report.Entries["tenet-ready"].Description);
        await host.StopAsync();
    }

    [Fact]
    public async Task Options_that_cannot_serve_are_told_before_the_host_runs()
    {
        using IHost host = Build(static builder => builder.AddTenetServer(static options =>
        {
            options.Name = "";
            options.ListenClientUrls = ["tcp://127.0.0.1:2379"];
            options.ElectionTimeout = TimeSpan.FromMilliseconds(200);
        }));
        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(refused.Failures, static problem => problem.Contains("Name", StringComparison.Ordinal));
        Assert.Contains("URL scheme must be http, https, unix, or unixs: tcp://127.0.0.1:2379", refused.Failures);
        Assert.Contains("ElectionTimeout must be at least five times HeartbeatInterval", refused.Failures);
    }

    [Fact]
    public async Task Several_members_live_in_one_host_under_keys_of_their_own()
    {
        LinesOfHost lines = new();
        using IHost host = Build(builder =>
        {
            builder.Logging.AddProvider(lines);
            builder.AddTenetServer("first", static options => options.InMemory = true);
            builder.AddTenetServer("second", static options => options.InMemory = true);
        });
        await host.StartAsync();
        TenetServer first = host.Services.GetRequiredKeyedService<TenetServer>("first");
        TenetServer second = host.Services.GetRequiredKeyedService<TenetServer>("second");
        await using TenetClient ofFirst = first.CreateClient();
        await using TenetClient ofSecond = second.CreateClient();
        await ofFirst.PutAsync("a", "1");
        Assert.Null(await ofSecond.GetAsync("a"));
        Assert.Equal(["tenet-live:first", "tenet-live:second", "tenet-ready:first", "tenet-ready:second"], (await HealthAsync(host)).Keys.Order());
        Assert.Contains(lines.All, static line => line.Contains(" name=first", StringComparison.Ordinal));
        await host.StopAsync();
    }

    private static IHost Build(Action<HostApplicationBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure(builder);
        return builder.Build();
    }

    private static async Task<Dictionary<string, HealthStatus>> HealthAsync(IHost host)
    {
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Status);
    }

    private sealed class LinesOfHost : ILoggerProvider
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(categoryName, All);

        public void Dispose()
        {
        }

        private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{logLevel} {category} {formatter(state, exception)}");
        }
    }
}
