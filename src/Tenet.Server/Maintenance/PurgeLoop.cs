using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server.Loops;
using Tenet.Wal;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Keeps the number of log segments and snapshot files bounded (contract/storage.md, 1.2), and the next segment ready so that the log
/// loop need not make it. Segments that recovery may need are locked, and a locked one is not removed. What has lost its name leaves the disk in steps.
/// </summary>
internal sealed class PurgeLoop(MemberOptions options, MemberSeams seams, WriteAheadLog log) : ITurn
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of a segment that go at once: freeing them is a change of the file system, and syncs of the log wait for it.</summary>
    private const long ShortenBytes = 4 << 20;

    /// <summary>Between two such steps.</summary>
    private static readonly TimeSpan ShortenRest = TimeSpan.FromMilliseconds(5);

    private readonly long _shortenRest = (long)(ShortenRest.TotalSeconds * seams.Clock.TimestampFrequency);
    private readonly Queue<IFile> _leaving = [];
    private readonly long _interval = (long)(Interval.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextAt = seams.Clock.GetTimestamp();
    private long _prepareAgainAt = long.MinValue;
    private long _shortenAt;

    public string Name => "purge";

    public long WakeAt => _leaving.Count > 0 ? Math.Min(_shortenAt, _nextAt) : _nextAt;

    public bool RunTurn()
    {
        long now = seams.Clock.GetTimestamp();
        bool worked = PrepareSegment(now) | Shorten(now);
        if (now < _nextAt)
            return worked;
        _nextAt = now + _interval;
        Purge(options.SnapshotDirectory, "snap.db", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.SnapshotDirectory, "snap", options.MaxSnapshotFiles, needsLock: false);
        Purge(options.EffectiveWalDirectory, "wal", options.MaxWalFiles, needsLock: true);
        // A power cut must not bring back a name for what is shorter by then.
        if (_leaving.Count > 0)
            seams.Files.SyncDirectory(options.EffectiveWalDirectory);
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
        if (now < _shortenAt || !_leaving.TryPeek(out IFile? file))
            return false;
        long length = 0;
        try
        {
            length = Math.Max(0, file.Length - ShortenBytes);
            file.SetLength(length);
        }
        catch (IOException)
        {
            // It has no name any more: all that is lost is that it goes at once.
            length = 0;
        }

        if (length == 0)
            _leaving.Dequeue().Dispose();
        _shortenAt = seams.Clock.GetTimestamp() + _shortenRest;
        return true;
    }

    private void Purge(string directory, string suffix, int keep, bool needsLock)
    {
        PurgeResult result = FilePurger.Purge(seams.Files, directory, suffix, keep, needsLock, _leaving.Enqueue);
        foreach (string path in result.Removed)
            seams.Log.Info("purged", new LogField("path", path));
        if (result.StoppedAt is { } locked)
            seams.Log.Debug("failed to lock file", new LogField("path", locked));
    }
}
