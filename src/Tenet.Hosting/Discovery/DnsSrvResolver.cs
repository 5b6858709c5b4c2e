using Tenet.Client.Discovery;
using Tenet.Server.Bootstrap;

namespace Tenet.Hosting.Discovery;

/// <summary>Founders by SRV records, for a member that starts.</summary>
/// <param name="records">Asks DNS.</param>
internal sealed class DnsSrvResolver(SrvRecords records) : ISrvResolver
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<SrvRecord>> ResolveAsync(string name, CancellationToken cancellation) =>
        [.. (await records.FindAsync(name, cancellation)).Select(static service => new SrvRecord(service.Target, service.Port))];
}
