namespace Tenet.Client;

/// <summary>
/// A watch cannot go on without a gap: the history that it needs was compacted. Read the range again, and watch from the revision of that answer on.
/// </summary>
/// <param name="compactRevision">The first revision that can still be watched.</param>
/// <param name="wantedRevision">The revision at which the watch would have gone on.</param>
public sealed class CompactedException(long compactRevision, long wantedRevision)
    : Exception($"revision {wantedRevision} was compacted; the first that can be watched is {compactRevision}")
{
    /// <summary>The first revision that can still be watched.</summary>
    public long CompactRevision { get; } = compactRevision;

    /// <summary>The revision at which the watch would have gone on.</summary>
    public long WantedRevision { get; } = wantedRevision;
}
