using System.Globalization;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Raft;
using Tenet.Wal;

namespace Tenet.Utl.Doctor;

/// <summary>The files beside the database: Raft's snapshots, images that leaders have sent, what crashes have left.</summary>
internal sealed class SnapshotExamination(IFileSystem files, DataDirectory directory, LogFacts log, Findings findings, bool isInUse)
{
    private const string Check = "snapshots";
    private const string Extension = ".snap";
    private const string ImageExtension = ".snap.db";
    private const string TakeAnother = "etcd 3.5 and 3.6 cannot start without it, Tenet and etcd 3.7 take the members from the database. A member that runs writes the next one by itself.";

    private bool _foundStart;

    /// <summary>The snapshot that the log's start stands for; null if it cannot be read.</summary>
    public Snapshot? Start { get; private set; }

    public void Run()
    {
        foreach (string name in files.List(directory.Snapshots))
        {
            string path = Path.Combine(directory.Snapshots, name);
            if (name.EndsWith(ImageExtension, StringComparison.Ordinal))
                LookAtImage(name, path);
            else if (name.EndsWith(Extension, StringComparison.Ordinal))
                Read(name, path);
            else if (name.EndsWith(".broken", StringComparison.Ordinal))
                findings.Notice(Check, path, "a snapshot that could not be read once", "It may be deleted once nobody wants to look at it.");
            else if (name.StartsWith("tmp", StringComparison.Ordinal) || name.StartsWith("db.tmp", StringComparison.Ordinal))
                LookAtLeftover(path);
            else if (name != "db")
                findings.Notice(Check, path, "a file that no member reads", "It may be moved away.");
        }

        if (log.Start.Index > 0 && !_foundStart)
        {
            findings.Warning(
                Check,
                Path.Combine(directory.Snapshots, NameOf(log.Start.Term, log.Start.Index)),
                $"the log speaks of a snapshot of index {log.Start.Index}, term {log.Start.Term}, whose file is not there",
                TakeAnother);
        }
    }

    private void LookAtLeftover(string path)
    {
        if (!isInUse)
            findings.Notice(Check, path, "left by a transfer or a defragmentation that was broken off", "The next start removes it.");
    }

    private void LookAtImage(string name, string path)
    {
        // The database's own check says whether one of them is needed.
        if (!ulong.TryParse(name.AsSpan(0, name.Length - ImageExtension.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong index))
            findings.Notice(Check, path, "an image without the index of its snapshot in its name", "No member reads it; it may be moved away.");
        else if (index != log.Start.Index && !isInUse)
            findings.Notice(Check, path, $"an image of index {index} that was sent by a leader and never used", "It goes by itself after later snapshots; it may be deleted.");
    }

    private void Read(string name, string path)
    {
        bool isStart = name == NameOf(log.Start.Term, log.Start.Index);
        _foundStart |= isStart;
        Snapshot snapshot;
        try
        {
            snapshot = SnapshotFiles.Read(files, path);
        }
        catch (CorruptionException damage)
        {
            if (isStart)
                findings.Error(Check, damage, TakeAnother);
            else
                findings.Warning(Check, damage.File, $"expected {damage.Expected}, found {damage.Found}", "No start needs this file any more; it may be deleted.", damage.Offset);
            return;
        }

        if (name != NameOf(snapshot.Term, snapshot.Index))
        {
            findings.Error(
                Check, path, $"it holds the snapshot of index {snapshot.Index}, term {snapshot.Term}, which its name does not say", $"Give it its name back: {NameOf(snapshot.Term, snapshot.Index)}.", 0);
        }
        else if (isStart)
        {
            Start = snapshot;
            if (log.Start.ConfState is { } recorded && !recorded.Equals(snapshot.ConfState) && !SameMembers(recorded, snapshot.ConfState))
                findings.Error(Check, path, $"it says {snapshot.ConfState}, the log's record of it {recorded}", "The two must agree. Replace the member: remove it from its cluster and add it anew.", 0);
        }
        else if (snapshot.Index > log.Start.Index && !isInUse)
        {
            findings.Notice(Check, path, $"a snapshot of index {snapshot.Index}, later than the last one that the log has recorded", "A crash leaves that. The start does not use it; nothing to do.");
        }
    }

    /// <summary>Whether a joint configuration is left by itself is not written down by all versions.</summary>
    private static bool SameMembers(ConfState left, ConfState right) =>
        new ConfState(left.Voters, left.Learners, left.VotersOutgoing, left.LearnersNext)
            .Equals(new ConfState(right.Voters, right.Learners, right.VotersOutgoing, right.LearnersNext));

    private static string NameOf(ulong term, ulong index) => $"{term:x16}-{index:x16}{Extension}";
}
