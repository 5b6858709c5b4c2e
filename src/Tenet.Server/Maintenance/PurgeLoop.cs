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

    public string Name => "purge";

    public long WakeAt => _nextAt;

    public bool RunTurn()
    {
        bool worked = false;
        if (log.NeedsNextSegment)
        {
            log.PrepareNextSegment();
            worked = true;
        }

        long now = seams.Clock.GetTimestamp();
        if (now < _nextAt)
            return worked;
        _nextAt = now + _interval;
        Purge(options.SnapshotDirectory, "snap.db", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.SnapshotDirectory, "snap", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.EffectiveWalDirectory, "wal", options.MaxWalFiles, needsLock: true);
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
