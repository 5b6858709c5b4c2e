namespace Tenet.State.Mvcc;

/// <summary>A compaction that was accepted: how far its work has come.</summary>
/// <param name="revision">What it compacts at.</param>
/// <param name="previousRevision">The compact revision before it; −1 if there was none.</param>
/// <param name="keepsHash">The compaction before it was finished, so that this one sees every record that its hash needs.</param>
internal sealed class CompactionJob(long revision, long previousRevision, bool keepsHash)
{
    public long Revision => revision;

    public long PreviousRevision => previousRevision;

    public bool KeepsHash => keepsHash;

    /// <summary>Where pruning the index goes on; null once that is done.</summary>
    public byte[]? NextKey { get; set; } = [];

    /// <summary>Whether pruning the index kept anything.</summary>
    public bool AnyKept { get; set; }

    /// <summary>Where deleting records goes on.</summary>
    public Revision NextRecord { get; set; }

    /// <summary>Over the records passed so far.</summary>
    public HistoryHash Hash { get; set; } = HistoryHash.Empty;
}
