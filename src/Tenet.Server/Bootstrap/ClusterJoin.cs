using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Joining a cluster that has added this member already (contract/consensus.md, 6.3.2): who is in it, which of them this member is, and
/// whether it speaks a version that this member speaks too. Nothing is written before all of that is known.
/// </summary>
internal sealed class ClusterJoin(MemberOptions options, MemberSeams seams)
{
    /// <summary>How long each URL may take to say who is in the cluster.</summary>
    private static readonly TimeSpan MembersPatience = TimeSpan.FromSeconds(10);

    private readonly PeerQuestions _questions = new(seams);

    /// <exception cref="MemberStartException">The cluster cannot be found, does not know this member, or does not fit; the text is etcd's.</exception>
    public async Task<ClusterStart> JoinAsync()
    {
        if (options.InitialCluster.All(member => member.Name != options.Name))
            throw new MemberStartException($"couldn't find local name \"{options.Name}\" in the initial cluster configuration");
        if (InitialMap.HasDuplicates(options.InitialCluster))
            throw new MemberStartException($"initial cluster {InitialMap.Text(options.InitialCluster)} has duplicate url");
        if (seams.Discovery is not null)
            throw new MemberStartException("discovery URL should not be set when joining existing initial cluster");

        InitialMap map = InitialMap.Of(options.InitialCluster, options.Name, options.InitialClusterToken);
        (PeerMembership cluster, ulong self) = await FindSelfAsync(map);
        if (!await SpeaksSameVersionAsync(cluster, self))
            throw new MemberStartException("incompatible with current running cluster");
        if (cluster.Members.Count(static member => member.IsLearner) > options.MaxLearners)
            throw new MemberStartException("membership: too many learner members in cluster");
        return new ClusterStart(self, cluster.ClusterId, [], [.. cluster.Members.Where(member => member.Id != self)]);
    }

    /// <summary>
    /// Asks one member after another until one lists this member as one that has not started yet. A list in which it has (it has a name) may be an old one: this
    /// machine's former member, which was removed since, at the same URLs. To come back as that one would be to come back without memory of its votes and of what it
    /// confirmed to have stored.
    /// </summary>
    private async Task<(PeerMembership Cluster, ulong Self)> FindSelfAsync(InitialMap map)
    {
        MemberStartException? mismatch = null;
        (PeerMembership Cluster, ulong Self)? started = null;
        foreach (string url in map.OtherUrls)
        {
            (PeerMembership? cluster, _) = await _questions.FirstAsync(
                [url],
                MembersPatience,
                static (client, address, token) => client.GetMembersAsync(address, token),
                "failed to get cluster response",
                default);
            if (cluster is null)
                continue;
            try
            {
                ulong self = await MatchAsync(map, cluster);
                if (cluster.Members.First(member => member.Id == self).Name.Length == 0)
                    return (cluster, self);
                started ??= (cluster, self);
            }
            catch (MemberStartException problem)
            {
                mismatch ??= problem;
            }
        }

        if (started is { } found)
        {
            seams.Log.Warn(
                "the cluster lists this member as one that has started before, but its data directory is empty: its votes and what it stored are lost. "
                + "If they are, remove the member from the cluster and add it again",
                new LogField("local-member-id", found.Self.ToString("x", CultureInfo.InvariantCulture)));
            return found;
        }

        throw mismatch
            ?? new MemberStartException("cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs");
    }

    /// <summary>Which member of the cluster this one is: every member of the one list must be in the other.</summary>
    private async Task<ulong> MatchAsync(InitialMap map, PeerMembership cluster)
    {
        if (cluster.Members.Count == 0)
            throw new MemberStartException("cannot fetch cluster info from peer urls: failed to get raft cluster member(s) from the given URLs");
        if (map.Members.Count != cluster.Members.Count)
            throw Mismatch(cluster, "member count is unequal");
        using var patience = new CancellationTokenSource(UrlComparison.Patience, seams.Clock);
        var comparison = new UrlComparison(seams);
        ulong self = 0;
        foreach (ClusterMember existing in cluster.Members)
        {
            string? difference = null;
            foreach (ClusterMember local in map.Members)
            {
                difference = await comparison.DifferenceAsync(existing.PeerUrls, local.PeerUrls, patience.Token);
                if (difference is not null)
                    continue;
                if (local.Name == options.Name)
                    self = existing.Id;
                break;
            }

            if (difference is not null)
            {
                throw Mismatch(
                    cluster,
                    $"PeerURLs: no match found for existing member ({existing.HexId}, [{string.Join(' ', existing.PeerUrls)}]), last resolver error ({difference})");
            }
        }

        // Two members of the cluster whose URLs mean the same place would both be the same one here.
        return self != 0 ? self : throw Mismatch(cluster, $"no existing member has the peer URLs of {options.Name}");
    }

    private static MemberStartException Mismatch(PeerMembership cluster, string problem)
    {
        IEnumerable<string> members = cluster.Members.Select(static member =>
            $"&{{ID:{member.HexId} RaftAttributes:{{PeerURLs:[{string.Join(' ', member.PeerUrls)}] IsLearner:{(member.IsLearner ? "true" : "false")}}} "
            + $"Attributes:{{Name:{member.Name} ClientURLs:[{string.Join(' ', member.ClientUrls)}]}}}}");
        return new MemberStartException(
            $"error validating peerURLs {{ClusterID:{cluster.ClusterId.ToString("x", CultureInfo.InvariantCulture)} "
            + $"Members:[{string.Join(' ', members)}] RemovedMemberIDs:[]}}: {problem}");
    }

    /// <summary>
    /// At least one other member must have decided on a cluster version that this one speaks, and none on another (contract/consensus.md, 7.5).
    /// Members that do not answer do not count: one of them may be down.
    /// </summary>
    private async Task<bool> SpeaksSameVersionAsync(PeerMembership cluster, ulong self)
    {
        List<ClusterMember> others = [.. cluster.Members.Where(member => member.Id != self)];
        var versions = new List<(ClusterMember Member, Version Cluster)>();
        foreach (ClusterMember member in others)
        {
            (PeerVersions? answer, _) = await _questions.FirstAsync(
                member.PeerUrls,
                options.RequestTimeout,
                static (client, url, token) => client.GetVersionsAsync(url, token),
                "failed to reach the peer URL",
                default);
            if (answer?.Cluster is { } version)
                versions.Add((member, version));
        }

        Version own = Version.Parse(MemberOptions.ServerVersion);
        bool downgrading = await IsDowngradingAsync(others);
        Version lowest = downgrading ? new Version(own.Major, own.Minor + 1) : new Version(3, 0);
        Version highest = downgrading ? lowest : new Version(own.Major, own.Minor);
        foreach ((ClusterMember member, Version version) in versions)
        {
            var compared = new Version(version.Major, version.Minor);
            if (compared >= lowest && compared <= highest)
                continue;
            seams.Log.Warn(
                compared < lowest
                    ? "cluster version of remote member is not compatible; too low"
                    : "cluster version of remote member is not compatible; too high",
                new LogField("remote-member-id", member.HexId),
                new LogField("remote-member-cluster-version", version.ToString()),
                new LogField("minimum-cluster-version-supported", lowest.ToString()),
                new LogField("maximum-cluster-version-supported", highest.ToString()));
            return false;
        }

        return versions.Count > 0;
    }

    private async Task<bool> IsDowngradingAsync(IEnumerable<ClusterMember> others)
    {
        foreach (string url in others.SelectMany(static member => member.PeerUrls))
        {
            try
            {
                return await _questions.AskAsync(
                    url, options.RequestTimeout, static (client, address, token) => client.IsDowngradeEnabledAsync(address, token), default);
            }
            catch (Exception failure) when (failure is PeerRequestException or RefusalException)
            {
                seams.Log.Warn("failed to get downgrade enabled status", new LogField("address", url), new LogField("error", failure.Message));
            }
        }

        return false;
    }
}
