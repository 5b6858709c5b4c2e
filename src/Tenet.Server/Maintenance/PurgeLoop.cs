using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server.Loops;
using Tenet.Wal;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Keeps the number of log segments and snapshot files bounded (contract/storage.md, 1.2), and the next segment ready so that the log
/// loop need not make it. Segments that recovery may need are locked, and a locked one is not removed. What has lost its name leaves the disk in steps.
/// </summary>
internal sealed class PurgeLoop(MemberOptions options, MemberSeams seams, WriteAheadLog log, LeavingFiles leaving) : ITurn
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>The shortest rest between two steps of a file that leaves: some disks are told of each freed block.</summary>
    private static readonly TimeSpan ShortenRest = TimeSpan.FromMilliseconds(5);

    private readonly long _shortenRest = (long)(ShortenRest.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly long _interval = (long)(Interval.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextAt = seams.Clock.GetTimestamp();
    private long _prepareAgainAt = long.MinValue;
    private long _shortenAt;

    public string Name => "purge";

    public long WakeAt => leaving.IsEmpty ? _nextAt : Math.Min(_shortenAt, _nextAt);

    public bool RunTurn()
    {
        long now = seams.Clock.GetTimestamp();
        bool worked = PrepareSegment(now) | Shorten(now);
        if (now < _nextAt)
            return worked;
        _nextAt = now + _interval;
        Purge(options.SnapshotDirectory, "snap.db", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.SnapshotDirectory, "snap", options.MaxSnapshotFiles, needsLock: false);
        PurgeSegments();
        return true;
    }

    private bool PrepareSegment(long now)
    {
        if (!log.NeedsNextSegment || now < _prepareAgainAt)
            return false;
        try
        {
            log.PrepareNextSegment();
        }
        catch (IOException failure)
        {
            // The present segment has room yet. If the disk still refuses when that is used up, the log loop fails for good.
            _prepareAgainAt = now + _interval;
            seams.Log.Warn("failed to preallocate a log segment", new LogField("error", failure));
        }

        return true;
    }

    private bool Shorten(long now)
    {
        if (now < _shortenAt || leaving.IsEmpty)
            return false;
        leaving.Step();
        long ended = seams.Clock.GetTimestamp();
        _shortenAt = ended + Math.Max(2 * (ended - now), _shortenRest);
        return true;
    }

    private void PurgeSegments()
    {
        List<IFile> removed = [];
        Purge(options.EffectiveWalDirectory, "wal", options.MaxWalFiles, needsLock: true, removed.Add);
        if (removed.Count == 0)
            return;
        // Before any of them gets shorter: see LeavingFiles.
        seams.Files.SyncDirectory(options.EffectiveWalDirectory);
        foreach (IFile file in removed)
            leaving.Take(file);
    }

    private void Purge(string directory, string suffix, int keep, bool needsLock, Action<IFile>? takes = null)
    {
        PurgeResult result = FilePurger.Purge(seams.Files, directory, suffix, keep, needsLock, takes);
        foreach (string path in result.Removed)
            seams.Log.Info("purged", new LogField("path", path));
        if (result.StoppedAt is { } locked)
            seams.Log.Debug("failed to lock file", new LogField("path", locked));
    }
}
