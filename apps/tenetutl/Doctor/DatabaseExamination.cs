using System.Text;
using Tenet.Bolt;
using Tenet.Bolt.Inspection;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Utl.Output;

namespace Tenet.Utl.Doctor;

/// <summary>The database's file: both meta pages, every page of every tree, and then what is in the buckets.</summary>
internal sealed class DatabaseExamination(IFileSystem files, DataDirectory directory, LogFacts log, Findings findings, IProgressLine progress)
{
    private const string Check = "pages";
    private const int Attempts = 3;
    private const string RestoreMember =
        "Keep a copy of the file. In a cluster, remove this member and add it anew with an empty directory; a member that is alone is restored from a snapshot.";

    private static readonly string[] Buckets =
        ["alarm", "auth", "authRoles", "authUsers", "cluster", "key", "lease", "members", "members_removed", "meta"];

    /// <summary>Examines the file.</summary>
    /// <returns>What it says; null if it cannot be read.</returns>
    public DatabaseFacts? Run()
    {
        if (!files.FileExists(directory.Database))
        {
            ReportMissing();
            return null;
        }

        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            // A member may be writing. What was found counts only if it has committed nothing meanwhile.
            var found = new Findings();
            ulong before = NewestState();
            DatabaseFacts? facts = Examine(found);
            if (before != NewestState())
                continue;
            findings.TakeOver(found);
            return facts;
        }

        findings.Notice(Check, directory.Database, "the member that runs on it wrote to it all the while", "The database was not examined. Stop the member, or examine a snapshot of it.");
        return null;
    }

    private void ReportMissing()
    {
        if (log.Start.Index > 0)
            findings.Error(Check, directory.Database, $"there is no database, and the log begins after a snapshot of index {log.Start.Index}", RestoreMember);
        else
            findings.Notice(Check, directory.Database, "there is no database yet", "The start makes it from the log.");
    }

    private ulong NewestState()
    {
        try
        {
            using BoltFile file = BoltFile.Open(files, directory.Database);
            return Math.Max(UsableTxId(file.Meta(0)), UsableTxId(file.Meta(1)));
        }
        catch (IOException)
        {
            // What is wrong is told by the examination itself.
            return 0;
        }
    }

    private static ulong UsableTxId(BoltMetaPage meta) => meta.Defect is null ? meta.TxId : 0;

    private DatabaseFacts? Examine(Findings found)
    {
        try
        {
            using BoltDatabase database = BoltDatabase.Open(files, directory.Database, new BoltOptions { ReadOnly = true, WithoutLock = true });
            if (database.DamagedMeta is { } damage)
            {
                found.Warning(
                    Check,
                    damage.File,
                    $"one of the two meta pages cannot be used: expected {damage.Expected}, found {damage.Found}",
                    "A crash while it was written leaves that, and nothing acknowledged is lost: the other one serves, and the next commits write it again. If it comes back, look at the disk.",
                    damage.Offset);
            }

            using BoltReadTransaction view = database.BeginRead();
            return Examine(database, view, found);
        }
        catch (CorruptionException damage)
        {
            found.Error(Check, damage, RestoreMember);
            return null;
        }
    }

    private DatabaseFacts? Examine(BoltDatabase database, BoltReadTransaction view, Findings found)
    {
        progress.Report(Check, 0, 1);
        BoltCheckReport report = view.Check();
        foreach (BoltProblem problem in report.Found)
            found.Error(Check, directory.Database, problem.Text, RestoreMember, problem.Offset);
        if (!report.IsSound)
            return null;

        CheckBuckets(view, found);
        var facts = new DatabaseFacts { PageSize = database.PageSize, Size = view.Size, FreeBytes = (long)report.UnreachedPages * database.PageSize };
        var contents = new DatabaseContents(view, directory.Database, found);
        contents.ReadMeta(facts);
        contents.ReadCluster(facts);
        contents.ReadAlarms(facts);
        new AuthExamination(view, directory.Database, found).Run(facts);
        new HistoryExamination(view, directory.Database, found, progress).Run(facts);
        return facts;
    }

    private void CheckBuckets(BoltReadTransaction view, Findings found)
    {
        foreach (string name in Buckets)
        {
            if (view.Bucket(Encoding.UTF8.GetBytes(name)) is null)
                found.Warning("buckets", directory.Database, $"bucket {name} is missing", "The start makes it, empty. If the member has run before, ask yourself where it went.");
        }

        BoltCursor names = view.Cursor();
        while (names.Next())
        {
            string name = Encoding.UTF8.GetString(names.Key);
            if (!Buckets.Contains(name))
                found.Notice("buckets", directory.Database, $"bucket {name} is none of etcd's", "No member reads it, but hashes over the whole database count it.");
        }
    }
}
