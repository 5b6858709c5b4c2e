using Tenet.Foundation.Files;
using Tenet.Foundation.Text;
using Tenet.Raft;
using Tenet.Utl.Output;
using Tenet.Wal;

namespace Tenet.Utl.Doctor;

/// <summary>
/// Examines a data directory without changing a byte of it: an offline proof that it is sound, or what is wrong with it, where, and what to do. A member may run on it
/// meanwhile; its locks are looked at and not kept.
/// </summary>
internal sealed class DirectoryExamination(IFileSystem files, IProgressLine progress)
{
    private const long DefaultQuotaBytes = 2L << 30;
    private const long WorthDefragmentingBytes = 64L << 20;

    /// <summary>Examines a directory.</summary>
    /// <exception cref="UtlException">There is no such directory.</exception>
    public DoctorReport Run(DataDirectory directory)
    {
        if (!files.DirectoryExists(directory.Root))
            throw new UtlException($"stat {directory.Root}: no such file or directory");
        var findings = new Findings();
        bool isInUse = IsInUse(directory, findings);
        CheckDirectories(directory, findings);
        LogFacts? log = ExamineLog(directory, findings, isInUse);
        DatabaseFacts? database = null;
        IReadOnlyList<string> readiness = [];
        if (files.DirectoryExists(directory.Snapshots))
        {
            var snapshots = new SnapshotExamination(files, directory, log ?? new LogFacts(), findings, isInUse);
            snapshots.Run();
            database = new DatabaseExamination(files, directory, log ?? new LogFacts(), findings, progress).Run();
            if (log is not null && database is not null)
                readiness = Compare(directory, log, database, snapshots.Start, findings, isInUse);
        }
        else if (log is not null)
        {
            findings.Error("directories", directory.Snapshots, "there is a log, but no directory of snapshots and database", "Put it back: a log alone is not a member.");
        }

        if (database is not null)
            AdviseOnSize(directory, database, findings);
        return new DoctorReport(directory, log, database, readiness, findings.Worst, findings.All());
    }

    /// <summary>Who runs on the directory holds a lock on the database. It is tried, shared, and let go at once; a member that starts in that moment tries again.</summary>
    private bool IsInUse(DataDirectory directory, Findings findings)
    {
        if (!files.FileExists(directory.Database))
            return false;
        using IFile database = files.Open(directory.Database, FileOpenMode.Existing, FileAccess.Read);
        if (database.TryLock(FileLockKind.Flock, exclusive: false))
            return false;
        findings.Notice("directories", directory.Database, "a member runs on this directory", "What is still being written is passed over. For a full examination stop the member, or examine a copy.");
        return true;
    }

    private void CheckDirectories(DataDirectory directory, Findings findings)
    {
        foreach (string name in files.List(directory.Root))
        {
            if (name == "proxy")
                findings.Error("directories", Path.Combine(directory.Root, name), "the directory of a proxy of etcd 2", "No member starts beside it. Move it away.");
            else if (name is not ("member" or ".touch"))
                findings.Notice("directories", Path.Combine(directory.Root, name), "a file that no member reads", "It may be moved away.");
        }

        if (!files.DirectoryExists(directory.Member))
            findings.Notice("directories", directory.Root, "there is no member in it", "The start founds or joins a cluster here.");
    }

    private LogFacts? ExamineLog(DataDirectory directory, Findings findings, bool isInUse)
    {
        if (WriteAheadLog.Exists(files, directory.Wal))
            return new LogExamination(files, directory, findings, progress, isInUse).Run();
        if (files.DirectoryExists(directory.Member))
        {
            findings.Warning(
                "log",
                directory.Wal,
                "there is no write-ahead log",
                "The start takes this for a new member. If the log lies elsewhere (--wal-dir), name that directory; if it is lost, restore the member from a snapshot.");
        }

        return null;
    }

    private IReadOnlyList<string> Compare(DataDirectory directory, LogFacts log, DatabaseFacts database, Snapshot? start, Findings findings, bool isInUse)
    {
        // What a running member has not written yet is no disagreement.
        if (!isInUse)
        {
            bool imageIsThere = log.Start.Index > 0 && files.FileExists(new SnapshotFiles(files, directory.Snapshots).DatabasePath(log.Start.Index));
            new Agreement(directory, log, database, start, imageIsThere, findings).Run();
        }

        var readiness = new Readiness(directory, log, database, findings);
        readiness.Run();
        return readiness.Lines;
    }

    private static void AdviseOnSize(DataDirectory directory, DatabaseFacts database, Findings findings)
    {
        if (database.FreeBytes >= WorthDefragmentingBytes && database.FreeBytes >= database.Size / 2)
            findings.Notice("size", directory.Database, $"{ByteCounts.Format(database.FreeBytes)} of {ByteCounts.Format(database.Size)} are free pages", "Defragment it: the quota counts them.");
        if (database.Size > DefaultQuotaBytes / 10 * 9)
            findings.Notice("size", directory.Database, $"it has {ByteCounts.Format(database.Size)}, and the quota is 2 GiB unless it was set", "Compact and defragment, or raise --quota-backend-bytes.");
    }
}
