using Microsoft.Extensions.Configuration;
using Tenet.Client;

namespace Tenet.Samples.Configuration;

/// <summary>Where the settings come from.</summary>
public sealed class TenetConfigurationSource(TenetClient client, string prefix) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new TenetConfigurationProvider(client, prefix);
}
