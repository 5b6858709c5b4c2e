using Microsoft.Extensions.Configuration;
using Tenet.Client;

namespace Tenet.Samples.Configuration;

/// <summary>Adds keys of a cluster to an application's configuration.</summary>
public static class TenetConfigurationExtensions
{
    /// <summary>The keys below a prefix: <c>app/Logging/Level</c> below <c>app/</c> is <c>Logging:Level</c>. The client stays the caller's.</summary>
    public static IConfigurationBuilder AddTenet(this IConfigurationBuilder builder, TenetClient client, string prefix) =>
        builder.Add(new TenetConfigurationSource(client, prefix));
}
