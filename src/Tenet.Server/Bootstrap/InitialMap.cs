using System.Globalization;
using Tenet.State.Members;

namespace Tenet.Server.Bootstrap;

/// <summary>What <c>--initial-cluster</c> says, checked, with the identifiers that follow from it (contract/consensus.md, 6.1 and 6.3).</summary>
internal sealed class InitialMap
{
    private InitialMap(ClusterMember self, IReadOnlyList<ClusterMember> members)
    {
        Self = self;
        Members = members;
    }

    /// <summary>The member that starts.</summary>
    public ClusterMember Self { get; }

    /// <summary>All of them by ascending id.</summary>
    public IReadOnlyList<ClusterMember> Members { get; }

    public ulong ClusterId => MemberIdentity.ClusterId(Members.Select(static member => member.Id));

    /// <summary>The URLs of everybody else, sorted: the order in which they are asked.</summary>
    public IEnumerable<string> OtherUrls =>
        Members.Where(member => member.Name != Self.Name).SelectMany(static member => member.PeerUrls).Order(StringComparer.Ordinal);

    /// <exception cref="MemberStartException">The map contradicts itself; the text is etcd's.</exception>
    public static InitialMap Of(IReadOnlyList<InitialMember> cluster, string name, string token)
    {
        if (cluster.All(member => member.Name != name))
            throw new MemberStartException($"couldn't find local name \"{name}\" in the initial cluster configuration");
        var members = new List<ClusterMember>();
        foreach (InitialMember member in cluster)
        {
            string[] urls = [.. member.PeerUrls.Order(StringComparer.Ordinal)];
            ulong id = MemberIdentity.MemberId(urls, token);
            if (id == 0)
                throw new MemberStartException("cannot use 0 as member id");
            if (members.Any(other => other.Id == id))
                throw new MemberStartException($"member exists with identical ID {id.ToString("x", CultureInfo.InvariantCulture)}");
            members.Add(new ClusterMember(id, urls, false, member.Name, []));
        }

        members.Sort(static (x, y) => x.Id.CompareTo(y.Id));
        return new InitialMap(members.First(member => member.Name == name), members);
    }

    /// <summary>The map as a flag would give it.</summary>
    public static string Text(IEnumerable<InitialMember> cluster) =>
        string.Join(',', cluster.SelectMany(static member => member.PeerUrls.Select(url => $"{member.Name}={url}")).Order(StringComparer.Ordinal));

    /// <summary>Whether two members, or one of them twice, are said to have the same URL.</summary>
    public static bool HasDuplicates(IEnumerable<InitialMember> cluster)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return !cluster.SelectMany(static member => member.PeerUrls).All(seen.Add);
    }
}
