namespace Tenet.State.Members;

/// <summary>A member of the cluster as all members know it.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="PeerUrls">Where its peers reach it.</param>
/// <param name="IsLearner">Whether it has no vote.</param>
/// <param name="Name">Its name; empty until it has started for the first time.</param>
/// <param name="ClientUrls">Where clients reach it; empty until it has started for the first time.</param>
public sealed record ClusterMember(ulong Id, IReadOnlyList<string> PeerUrls, bool IsLearner, string Name, IReadOnlyList<string> ClientUrls)
{
    /// <summary>The identifier as etcd writes it: lower-case hexadecimal without leading zeros.</summary>
    public string HexId => Id.ToString("x", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether both say the same of the same member.</summary>
    public bool SameAs(ClusterMember other) =>
        Id == other.Id && IsLearner == other.IsLearner && Name == other.Name && PeerUrls.SequenceEqual(other.PeerUrls) && ClientUrls.SequenceEqual(other.ClientUrls);
}
