namespace Tenet.Client.Tests.Servers;

[CollectionDefinition(Name)]
public sealed class SharedServersCollection : ICollectionFixture<SharedServers>
{
    public const string Name = "shared servers";
}
