using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server.Maintenance;
using Tenet.State.Apply;
using Tenet.State.Backends;
using Tenet.Wal;

namespace Tenet.Utl.Migration;

/// <summary>Makes what a stopped member's database says of its schema fit another version (contract/storage.md, 5.9).</summary>
internal sealed class OfflineMigration(IFileSystem files, ILog log, TimeSpan? lockTimeout)
{
    private static readonly Version FirstMarked = new(3, 6, 0);

    /// <exception cref="UtlException">Something stands against it; the message is etcdutl's.</exception>
    public void Run(MigrateOptions options)
    {
        DataDirectory.RequireFile(files, options.Directory.Database);
        using Backend backend = Backend.Open(files, options.Directory.Database, new BackendOptions { LockTimeout = lockTimeout });
        var storage = new StorageVersions(backend);
        if (storage.Detect() is not { } detected)
        {
            log.Error("failed to detect storage version. Please make sure you are using data dir from etcd v3.5 and older");
            throw new UtlException("missing term information");
        }

        var current = new Version(detected.Major, detected.Minor, 0);
        if (current == options.Target)
        {
            log.Info("storage version up-to-date", new LogField("storage-version", current.ToString(2)));
            return;
        }

        Version? needed = NeededByLog(options.Directory.Wal);
        if (Problem(current, options.Target, needed) is not { } problem)
        {
            LogSteps(current, options.Target);
        }
        else
        {
            if (!options.Force)
                throw new UtlException(problem);
            log.Info("normal migrate failed, trying with force", new LogField("error", problem));
            if (options.Target < FirstMarked)
                log.Warn("forcefully cleared storage version");
            else
                log.Warn("forcefully set storage version", new LogField("storage-version", options.Target.ToString(2)));
        }

        storage.Store(options.Target.ToString(3));
        backend.CommitNow();
    }

    private Version? NeededByLog(string directory)
    {
        try
        {
            return EntryVersions.NeededFor(WriteAheadLog.EntriesAfterSnapshot(files, directory));
        }
        catch (Exception failure) when (failure is IOException or UnsupportedEntryException)
        {
            log.Error("Failed to finalize config", new LogField("error", failure.Message));
            throw new UtlException($"failed to read wal: {failure.Message}", failure);
        }
    }

    private static string? Problem(Version current, Version target, Version? needed)
    {
        if (current.Major != target.Major)
            return "cannot create migration plan: changing major storage version is not supported";

        // The step that nobody knows is the first one beyond what is known.
        if (Math.Max(current.Minor, target.Minor) > StorageVersions.Newest.Minor)
        {
            int unknown = current.Minor > target.Minor ? current.Minor : Math.Max(current.Minor, StorageVersions.Newest.Minor) + 1;
            return $"cannot create migration plan: version \"{new Version(target.Major, unknown, 0).ToString(3)}\" is not supported";
        }

        return target < current && needed is not null && target < needed
            ? $"cannot downgrade storage, WAL contains newer entries, as the target version ({target.ToString(3)}) is lower than the version ({needed.ToString(3)}) detected from WAL logs"
            : null;
    }

    private void LogSteps(Version current, Version target)
    {
        int step = current < target ? 1 : -1;
        for (int minor = current.Minor + step; minor != target.Minor + step; minor += step)
            log.Info("updated storage version", new LogField("new-storage-version", new Version(target.Major, minor, 0).ToString(3)));
    }
}
