using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tenet.Client;

// Found by whoever has a service collection at hand.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes a client a service.</summary>
public static class TenetClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="TenetClient"/> for the whole program. Options that cannot serve end the start of a host, and otherwise the first use, with
    /// <see cref="OptionsValidationException"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Says where the cluster is; binds a configuration section if that is wanted.</param>
    public static OptionsBuilder<TenetClientOptions> AddTenetClient(this IServiceCollection services, Action<TenetClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TenetClientOptions>, TenetClientOptionsValidator>());
        services.TryAddSingleton(static provider => new TenetClient(
            provider.GetRequiredService<IOptions<TenetClientOptions>>().Value, provider.GetService<ILogger<TenetClient>>()));
        return services.AddOptions<TenetClientOptions>().Configure(configure).ValidateOnStart();
    }
}
