namespace Tenet.Server.Bootstrap;

/// <summary>The little that a new member asks of the etcd cluster that founders find each other through (contract/consensus.md, 6.4).</summary>
public interface IDiscoveryClient
{
    /// <summary>The records whose keys begin with a prefix, or the one of exactly this key; as the cluster agrees on them.</summary>
    /// <exception cref="IOException">There is no answer.</exception>
    Task<IReadOnlyList<DiscoveryRecord>> GetAsync(string key, bool prefix, CancellationToken cancellation);

    /// <summary>Writes a record.</summary>
    /// <exception cref="IOException">There is no answer.</exception>
    Task PutAsync(string key, string value, CancellationToken cancellation);
}
