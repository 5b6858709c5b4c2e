using Tenet.Foundation.Logging;
using Tenet.Server.Loops;
using Tenet.Wal;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Keeps the number of log segments and snapshot files bounded (contract/storage.md, 1.2), and the next segment ready so that the log
/// loop need not make it. Segments that recovery may need are locked, and a locked one is not removed.
/// </summary>
internal sealed class PurgeLoop(MemberOptions options, MemberSeams seams, WriteAheadLog log) : ITurn
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly long _interval = (long)(Interval.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextAt = seams.Clock.GetTimestamp();
    private long _prepareAgainAt = long.MinValue;

    public string Name => "purge";

    public long WakeAt => _nextAt;

    public bool RunTurn()
    {
        long now = seams.Clock.GetTimestamp();
        bool worked = PrepareSegment(now);
        if (now < _nextAt)
            return worked;
        _nextAt = now + _interval;
        Purge(options.SnapshotDirectory, "snap.db", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.SnapshotDirectory, "snap", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.EffectiveWalDirectory, "wal", options.MaxWalFiles, needsLock: true);
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

    private void Purge(string directory, string suffix, int keep, bool needsLock)
    {
        PurgeResult result = FilePurger.Purge(seams.Files, directory, suffix, keep, needsLock);
        foreach (string path in result.Removed)
            seams.Log.Info("purged", new LogField("path", path));
        if (result.StoppedAt is { } locked)
            seams.Log.Debug("failed to lock file", new LogField("path", locked));
    }
}
