using Tenet.Foundation.Logging;
using Tenet.Server.Peers;

namespace Tenet.Server.Bootstrap;

/// <summary>A new cluster as its founding members agree on it without talking: ids and the first entries (contract/consensus.md, 6.3.1).</summary>
internal sealed class ClusterFounding(MemberOptions options, MemberSeams seams)
{
    private readonly PeerQuestions _questions = new(seams);

    /// <summary>What the options alone say, or null if they describe no cluster with this member in it.</summary>
    public static ClusterStart? FromOptions(MemberOptions options) =>
        options.InitialClusterState != InitialClusterState.New || options.InitialCluster.All(member => member.Name != options.Name)
            ? null
            : Start(InitialMap.Of(options.InitialCluster, options.Name, options.InitialClusterToken));

    /// <exception cref="MemberStartException">The options contradict each other, or the member exists already; the text is etcd's.</exception>
    public async Task<ClusterStart> FoundAsync()
    {
        IReadOnlyList<InitialMember> founders = options.InitialCluster;
        string token = options.InitialClusterToken;
        if (seams.Discovery is not null)
        {
            // Whoever is alone so far; the others are found under the same token.
            founders = [new InitialMember(options.Name, options.AdvertisePeerUrls)];
            token = options.DiscoveryToken;
        }
        else if (seams.Services is { } services && options.DiscoverySrv.Length > 0)
        {
            founders = await new SrvDiscovery(options, seams).FindAsync(services);
        }

        if (founders.Count == 0)
            throw new MemberStartException("initial cluster unset and no discovery endpoints found");
        InitialMember own = founders.FirstOrDefault(member => member.Name == options.Name)
            ?? throw new MemberStartException($"couldn't find local name \"{options.Name}\" in the initial cluster configuration");
        await RequireAdvertisedAsync(own);
        if (InitialMap.HasDuplicates(founders))
            throw new MemberStartException($"initial cluster {InitialMap.Text(founders)} has duplicate url");

        InitialMap map = InitialMap.Of(founders, options.Name, token);
        await RequireNewAsync(map);
        if (seams.Discovery is { } discovery)
        {
            seams.Log.Info("Bootstrapping cluster using v3 discovery.");
            founders = await new ClusterDiscovery(options, seams).JoinAsync(discovery, map.Self.Id);
            if (InitialMap.HasDuplicates(founders))
                throw new MemberStartException($"discovery cluster {InitialMap.Text(founders)} has duplicate url");
            map = InitialMap.Of(founders, options.Name, token);
        }

        return Start(map);
    }

    private static ClusterStart Start(InitialMap map) => new(map.Self.Id, map.ClusterId, map.Members, []);

    /// <summary>
    /// A member whose disk was lost must not found its cluster again: it would vote as if it had never promised anything. The others know
    /// it by its client URLs once it has started. If nobody answers, they are founding too.
    /// </summary>
    private async Task RequireNewAsync(InitialMap map)
    {
        (PeerMembership? cluster, _) = await _questions.FirstAsync(
            map.OtherUrls, options.BootstrapTimeout, static (client, url, token) => client.GetMembersAsync(url, token), null, default);
        if (cluster?.Members.FirstOrDefault(member => member.Id == map.Self.Id) is { ClientUrls.Count: > 0 } self)
            throw new MemberStartException($"member {self.HexId} has already been bootstrapped");
    }

    /// <summary>What the map says of this member's URLs must be what it advertises.</summary>
    /// <exception cref="MemberStartException">They differ; the text is etcd's.</exception>
    internal async Task RequireAdvertisedAsync(InitialMember own)
    {
        string[] advertised = [.. options.AdvertisePeerUrls.Order(StringComparer.Ordinal)];
        using var patience = new CancellationTokenSource(UrlComparison.Patience, seams.Clock);
        if (await new UrlComparison(seams).DifferenceAsync(advertised, [.. own.PeerUrls.Order(StringComparer.Ordinal)], patience.Token) is not { } difference)
            return;

        string advertisedText = string.Join(',', advertised);
        string ownText = InitialMap.Text([own with { PeerUrls = advertised }]);
        string[] missing = [.. own.PeerUrls.Except(advertised).Select(url => $"{own.Name}={url}")];
        if (missing.Length > 0)
        {
            throw new MemberStartException(
                $"--initial-cluster has {string.Join(',', missing)} but missing from --initial-advertise-peer-urls={advertisedText} ({difference})");
        }

        string[] extra = [.. advertised.Except(own.PeerUrls).Select(url => $"{own.Name}={url}")];
        if (extra.Length > 0)
            throw new MemberStartException($"--initial-advertise-peer-urls has {string.Join(',', extra)} but missing from --initial-cluster={ownText}");
        throw new MemberStartException($"failed to resolve {advertisedText} to match --initial-cluster={ownText} ({difference})");
    }
}
