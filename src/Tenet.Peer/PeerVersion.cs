namespace Tenet.Peer;

/// <summary>Which versions can speak with each other (contract/consensus.md, 4.2). Only major and minor count.</summary>
internal static class PeerVersion
{
    /// <summary>What a member without version headers is taken for.</summary>
    private static readonly Version Unsaid = new(2, 0, 0);

    /// <summary>The oldest version that has both streams.</summary>
    private static readonly Version OldestWithStreams = new(2, 1);

    private static readonly Version OldestCluster = Version.Parse(PeerHeaders.OldestCluster);
    private static readonly Version Own = Version.Parse(Tenet.Server.MemberOptions.ServerVersion);

    /// <summary>Reads a header; false if it holds no version.</summary>
    public static bool TryParse(string? header, out Version version)
    {
        version = Unsaid;
        if (string.IsNullOrEmpty(header))
            return true;
        // A version may go on with a pre-release and build metadata, which do not count here.
        int end = header.AsSpan().IndexOfAny('-', '+');
        string[] parts = (end < 0 ? header : header[..end]).Split('.');
        if (parts.Length != 3 || !TryNumber(parts[0], out int major) || !TryNumber(parts[1], out int minor) || !TryNumber(parts[2], out int patch))
            return false;
        version = new Version(major, minor, patch);
        return true;
    }

    /// <summary>Whether a member of this version, which speaks to clusters from that version on, is understood.</summary>
    public static bool IsCompatible(Version server, Version minCluster) => Compare(server, OldestCluster) >= 0 && Compare(minCluster, Own) <= 0;

    /// <summary>Whether a member of this version serves streams.</summary>
    public static bool HasStreams(Version server) => Compare(server, OldestWithStreams) >= 0;

    private static int Compare(Version left, Version right) => (left.Major, left.Minor).CompareTo((right.Major, right.Minor));

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number);
}
