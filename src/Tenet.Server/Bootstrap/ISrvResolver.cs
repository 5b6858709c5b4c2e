namespace Tenet.Server.Bootstrap;

/// <summary>Looks services up in DNS.</summary>
public interface ISrvResolver
{
    /// <summary>The SRV records of a name, most preferred first.</summary>
    /// <exception cref="IOException">There are none, or no server answers.</exception>
    Task<IReadOnlyList<SrvRecord>> ResolveAsync(string name, CancellationToken cancellation);
}
