namespace Tenet.State.Watch;

/// <summary>Where a watcher stands.</summary>
internal enum WatcherState
{
    /// <summary>It gets every write as it happens.</summary>
    Synced,

    /// <summary>It waits to be read to from history.</summary>
    Unsynced,

    /// <summary>A catch-up pass reads history for it at this moment.</summary>
    Reading,

    /// <summary>Its stream had no room; it goes on from history once there is some.</summary>
    Victim,

    /// <summary>It was told that its history is compacted. It stays registered, without events, until the client cancels it.</summary>
    Compacted,

    /// <summary>Canceled; a pass that holds it drops it.</summary>
    Gone,
}

/// <summary>One watcher of one stream. Everything that changes in it is guarded by the hub's lock.</summary>
internal sealed class Watcher(WatchStream stream, long id, WatchedRange range, long startRevision)
{
    public WatchStream Stream { get; } = stream;

    public long Id { get; } = id;

    public WatchedRange Range { get; } = range;

    /// <summary>The first revision the client asked for; 0 for what comes after creation.</summary>
    public long StartRevision { get; } = startRevision;

    public required bool DropsPuts { get; init; }

    public required bool DropsDeletes { get; init; }

    public required bool WithPrevious { get; init; }

    public required bool MayBeFragmented { get; init; }

    public required bool NotifiesProgress { get; init; }

    public WatcherState State { get; set; }

    /// <summary>
    /// The first revision that it has not been offered. While it is synced this is not kept up to date: it has had everything up to the hub's revision, and
    /// only a start in the future makes the number matter.
    /// </summary>
    public long NextRevision { get; set; }

    /// <summary>Its turn among the unsynced; a new number each time it joins them.</summary>
    public long Turn { get; set; }

    /// <summary>Its place in the range's list of synced watchers.</summary>
    public int Slot { get; set; }

    /// <summary>Whether it got events since the stream's last progress tick.</summary>
    public bool HadEvents { get; set; }
}
