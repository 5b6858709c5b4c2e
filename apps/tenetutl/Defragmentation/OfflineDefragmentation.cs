using System.Diagnostics;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.State.Backends;

namespace Tenet.Utl.Defragmentation;

/// <summary>Rewrites the database of a stopped member without its free pages.</summary>
internal static class OfflineDefragmentation
{
    /// <exception cref="UtlException">There is no database.</exception>
    public static void Run(IFileSystem files, ILog log, DataDirectory directory, TimeSpan? lockTimeout)
    {
        DataDirectory.RequireFile(files, directory.Database);
        using Backend backend = Backend.Open(files, directory.Database, new BackendOptions { LockTimeout = lockTimeout });
        long size = backend.Size;
        long inUse = backend.SizeInUse;
        long startedAt = Stopwatch.GetTimestamp();
        log.Info(
            "defragmenting",
            new LogField("path", directory.Database),
            new LogField("current-db-size-bytes", size),
            new LogField("current-db-size", ByteCounts.Format(size)),
            new LogField("current-db-size-in-use-bytes", inUse),
            new LogField("current-db-size-in-use", ByteCounts.Format(inUse)));
        backend.Defragment();
        log.Info(
            "finished defragmenting directory",
            new LogField("path", directory.Database),
            new LogField("current-db-size-bytes-diff", backend.Size - size),
            new LogField("current-db-size-bytes", backend.Size),
            new LogField("current-db-size", ByteCounts.Format(backend.Size)),
            new LogField("current-db-size-in-use-bytes-diff", backend.SizeInUse - inUse),
            new LogField("current-db-size-in-use-bytes", backend.SizeInUse),
            new LogField("current-db-size-in-use", ByteCounts.Format(backend.SizeInUse)),
            new LogField("took", Stopwatch.GetElapsedTime(startedAt)));
    }
}
