using System.Globalization;
using Tenet.State.Members;

namespace Tenet.Server.Bootstrap;

/// <summary>A new cluster as its founding members agree on it without talking: ids and the first entries (contract/consensus.md, 6.1 and 6.3.1).</summary>
internal sealed class ClusterFounding
{
    private ClusterFounding(ulong memberId, IReadOnlyList<ClusterMember> members)
    {
        MemberId = memberId;
        Members = members;
        ClusterId = MemberIdentity.ClusterId(members.Select(static member => member.Id));
    }

    public ulong MemberId { get; }

    public ulong ClusterId { get; }

    /// <summary>By ascending id: the order of their entries must be the same on every member.</summary>
    public IReadOnlyList<ClusterMember> Members { get; }

    /// <exception cref="MemberStartException">The options contradict each other; the text is etcd's.</exception>
    public static ClusterFounding From(MemberOptions options)
    {
        if (options.InitialCluster.Count == 0)
            throw new MemberStartException("initial cluster unset and no discovery endpoints found");
        InitialMember own = options.InitialCluster.FirstOrDefault(member => member.Name == options.Name)
            ?? throw new MemberStartException($"couldn't find local name \"{options.Name}\" in the initial cluster configuration");
        CheckUrls(options, own);

        var members = new List<ClusterMember>();
        foreach (InitialMember founder in options.InitialCluster)
        {
            string[] urls = [.. founder.PeerUrls.Order(StringComparer.Ordinal)];
            ulong id = MemberIdentity.MemberId(urls, options.InitialClusterToken);
            if (id == 0)
                throw new MemberStartException("cannot use 0 as member id");
            if (members.Any(member => member.Id == id))
                throw new MemberStartException($"member exists with identical ID {id.ToString("x", CultureInfo.InvariantCulture)}");
            members.Add(new ClusterMember(id, urls, false, founder.Name, []));
        }

        members.Sort(static (x, y) => x.Id.CompareTo(y.Id));
        return new ClusterFounding(MemberIdentity.MemberId(own.PeerUrls, options.InitialClusterToken), members);
    }

    private static void CheckUrls(MemberOptions options, InitialMember own)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string url in options.InitialCluster.SelectMany(static member => member.PeerUrls))
        {
            if (!seen.Add(url))
                throw new MemberStartException($"initial cluster {Text(options)} has duplicate url");
        }

        string advertised = string.Join(',', options.AdvertisePeerUrls);
        string[] missing = [.. own.PeerUrls.Except(options.AdvertisePeerUrls).Select(url => $"{own.Name}={url}")];
        if (missing.Length > 0)
            throw new MemberStartException($"--initial-cluster has {string.Join(',', missing)} but missing from --initial-advertise-peer-urls={advertised}");
        string[] extra = [.. options.AdvertisePeerUrls.Except(own.PeerUrls).Select(url => $"{own.Name}={url}")];
        if (extra.Length > 0)
            throw new MemberStartException($"--initial-advertise-peer-urls has {string.Join(',', extra)} but missing from --initial-cluster={Text(options)}");
    }

    private static string Text(MemberOptions options) =>
        string.Join(',', options.InitialCluster.SelectMany(static member => member.PeerUrls.Select(url => $"{member.Name}={url}")));
}
