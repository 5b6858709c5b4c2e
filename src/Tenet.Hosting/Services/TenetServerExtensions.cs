using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tenet.Hosting.Services;

namespace Tenet.Hosting;

/// <summary>Members in a .NET host.</summary>
public static class TenetServerExtensions
{
    /// <summary>The section of the configuration that a member without a key of its own is bound to; the others are bound to sections below it.</summary>
    public const string Section = "Tenet";

    /// <summary>
    /// Runs a member in the host, bound to the section <c>Tenet</c> of its configuration. It is the service <see cref="TenetServer"/>, its lines go to the
    /// host's log, and its health checks <c>tenet-live</c> and <c>tenet-ready</c> carry the tags <c>live</c> and <c>ready</c>.
    /// </summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">What is to differ from the configuration.</param>
    public static IHostApplicationBuilder AddTenetServer(this IHostApplicationBuilder builder, Action<TenetServerOptions>? configure = null)
    {
        Add(builder.Services, Options.DefaultName, Section, configure);
        return builder;
    }

    /// <summary>Runs one of several members in the host, bound to the section <c>Tenet:KEY</c>. It is a keyed service; its checks are <c>tenet-live:KEY</c> and <c>tenet-ready:KEY</c>.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="key">Tells the members of the host apart, and is the member's name unless the configuration gives it another.</param>
    /// <param name="configure">What is to differ from the configuration.</param>
    public static IHostApplicationBuilder AddTenetServer(this IHostApplicationBuilder builder, string key, Action<TenetServerOptions>? configure = null)
    {
        Add(builder.Services, key, $"{Section}:{key}", configure);
        return builder;
    }

    /// <summary>As <see cref="AddTenetServer(IHostApplicationBuilder, Action{TenetServerOptions}?)"/>, bound to no configuration.</summary>
    public static IServiceCollection AddTenetServer(this IServiceCollection services, Action<TenetServerOptions>? configure = null)
    {
        Add(services, Options.DefaultName, section: null, configure);
        return services;
    }

    /// <summary>As <see cref="AddTenetServer(IHostApplicationBuilder, string, Action{TenetServerOptions}?)"/>, bound to no configuration.</summary>
    public static IServiceCollection AddTenetServer(this IServiceCollection services, string key, Action<TenetServerOptions>? configure = null)
    {
        Add(services, key, section: null, configure);
        return services;
    }

    private static void Add(IServiceCollection services, string key, string? section, Action<TenetServerOptions>? configure)
    {
        OptionsBuilder<TenetServerOptions> options = services.AddOptions<TenetServerOptions>(key).ValidateDataAnnotations().ValidateOnStart();
        if (key.Length > 0)
            options.Configure(named => named.Name = key);
        else
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<TenetServer>(Options.DefaultName));
        if (section is not null)
            options.BindConfiguration(section);
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TenetServerOptions>, ServerOptionsReader>());
        services.AddKeyedSingleton(key, static (provider, name) => new TenetServer(
            () => ServerOptionsReader.Read(provider.GetRequiredService<IOptionsMonitor<TenetServerOptions>>().Get((string)name!)),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<TenetServer>(key));
        string suffix = key.Length == 0 ? "" : ":" + key;
        services.AddHealthChecks()
            .Add(Check($"tenet-live{suffix}", key, ready: false))
            .Add(Check($"tenet-ready{suffix}", key, ready: true));
    }

    private static HealthCheckRegistration Check(string name, string key, bool ready) => new(
        name,
        provider => new TenetHealthCheck(provider.GetRequiredKeyedService<TenetServer>(key), ready),
        HealthStatus.Unhealthy,
        [ready ? "ready" : "live"]);
}
