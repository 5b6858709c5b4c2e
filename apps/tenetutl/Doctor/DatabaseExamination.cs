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

        CheckShape(view, found);
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

    /// <summary>
    /// What bbolt's own check does not look at and its writer relies on (contract/storage.md, 4.9): a branch has two children at least, and the key under which it
    /// knows a child is exactly the first one in it. etcd serves a file without that, until it has to merge pages there.
    /// </summary>
    private void CheckShape(BoltReadTransaction view, Findings found)
    {
        using BoltFile file = BoltFile.Open(files, directory.Database);
        HashSet<ulong> free = [.. view.FreePages()];
        ulong end = file.HighWater;
        for (ulong id = 2; id < end; id++)
        {
            if (free.Contains(id))
                continue;
            BoltPage page = file.ReadPage(id);
            if (page.Type == "branch" && ShapeProblem(file, page) is { } problem)
            {
                found.Warning(
                    Check,
                    directory.Database,
                    $"page {id}: {problem}",
                    "No data is lost, but etcd ends itself when it comes to merge pages there. Defragment the file while the member is stopped: that builds the tree anew.",
                    (long)id * file.PageSize);
            }

            id += page.Overflow;
        }
    }

    private static string? ShapeProblem(BoltFile file, BoltPage branch)
    {
        if (branch.Count < 2)
            return $"a branch with {branch.Count} child";
        for (int i = 0; i < branch.Count; i++)
        {
            BoltPageItem item = branch.Item(i);
            BoltPage child = file.ReadPage(item.Child);
            if (child.Count == 0)
                return $"its child {child.Id} is empty";
            if (!child.Item(0).Key.Span.SequenceEqual(item.Key.Span))
                return $"its child {child.Id} begins with key {Convert.ToHexStringLower(child.Item(0).Key.Span)} and is known as {Convert.ToHexStringLower(item.Key.Span)}";
        }

        return null;
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
