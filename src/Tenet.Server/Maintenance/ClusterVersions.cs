using System.Globalization;
using Tenet.State.Members;

namespace Tenet.Server.Maintenance;

/// <summary>Which cluster version a leader decides on (contract/consensus.md, 7.2 and 7.4). Versions here are those of features: major, minor, 0.</summary>
/// <remarks>
/// <para>
/// A cluster begins at 3.5.0, the oldest version that Tenet shares a cluster with, and a Tenet leader never raises a version that is in
/// force above that: nothing that Tenet does needs a newer one, while an entry, a record or a snapshot that a newer version allows stops a
/// 3.5 member for good, also one that is given this member's directory years later. So an own version counts as no more than what is in force.
/// </para>
/// <para>
/// A cluster that came with a newer version keeps it, and can be brought down one minor version at a time, to 3.5.0 at the lowest: a 3.5
/// member ends itself when it learns of an older one, and the files of 3.5 are not those of 3.4.
/// </para>
/// </remarks>
internal static class ClusterVersions
{
    /// <summary>What a leader decides on while it cannot reach everybody: etcd's oldest.</summary>
    public static readonly Version Oldest = new(3, 0, 0);

    /// <summary>What a new cluster begins with, and the lowest that a downgrade may lead to.</summary>
    public static readonly Version First = new(3, 5, 0);

    /// <summary>From here on members may have different limits for learners.</summary>
    public static readonly Version CountsLearnersByOption = new(3, 6, 0);

    /// <summary>Whether <see cref="Decide"/> could give anything but null, so that the members have to be asked.</summary>
    public static bool MayChange(ClusterView cluster) => cluster.ClusterVersion is not { } version || version < First || cluster.Downgrade.Enabled;

    /// <param name="cluster">The version in force and the downgrade under way.</param>
    /// <param name="lowest">The lowest version of any member's server; null if one of them could not be asked.</param>
    /// <returns>The version to be put in force; null to leave it as it is.</returns>
    public static Version? Decide(ClusterView cluster, Version? lowest)
    {
        if (cluster.ClusterVersion is not { } version)
            return lowest is null ? Oldest : Lower(Minor(lowest), First);
        if (lowest is null)
            return null;
        Version counted = Lower(Minor(lowest), version > First ? version : First);
        if (cluster.Downgrade is { Enabled: true } downgrade)
        {
            return Parse(downgrade.TargetVersion) is { } target && target >= First && IsOneBelow(target, version) && IsOneBelow(target, counted)
                ? target
                : null;
        }

        return counted.Major == version.Major && counted > version ? counted : null;
    }

    /// <summary>Whether a cluster of this version may be brought down to the target.</summary>
    public static bool MayDowngrade(Version version, Version target) => target >= First && IsOneBelow(target, version);

    /// <summary>The version of features that a server version stands for.</summary>
    public static Version Minor(Version version) => new(version.Major, version.Minor, 0);

    /// <summary>Reads <c>3.6</c> or <c>3.6.1</c>, also with a suffix as in <c>3.6.0-rc.1</c>; the patch does not count. Null if it is neither.</summary>
    public static Version? Parse(string text)
    {
        string core = text.Split('+')[0];
        int suffix = core.IndexOf('-');
        string[] parts = (suffix < 0 ? core : core[..suffix]).Split('.');
        if (parts.Length != 3 && (parts.Length != 2 || core.Length != text.Length || suffix >= 0))
            return null;
        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }

        return new Version(numbers[0], numbers[1], 0);
    }

    private static bool IsOneBelow(Version target, Version version) => target.Major == version.Major && target.Minor == version.Minor - 1;

    private static Version Lower(Version one, Version other) => one < other ? one : other;
}
