namespace Tenet.Client;

/// <summary>How a range is watched.</summary>
public sealed record WatchOptions
{
    internal static WatchOptions Default { get; } = new();

    /// <summary>The first revision whose changes are told; 0 for those from now on. After a read: the revision of its answer, plus one.</summary>
    public long StartRevision { get; init; }

    /// <summary>Whether events have what was there before.</summary>
    public bool Previous { get; init; }

    /// <summary>Whether batches without events come from time to time, which tell how far the watch is.</summary>
    public bool Progress { get; init; }

    /// <summary>Leave writes out.</summary>
    public bool WithoutPuts { get; init; }

    /// <summary>Leave deletions out.</summary>
    public bool WithoutDeletes { get; init; }
}
