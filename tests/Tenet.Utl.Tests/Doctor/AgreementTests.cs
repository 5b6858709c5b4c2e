using System.Buffers.Binary;
using System.Text;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using Tenet.State.Members;
using Tenet.Utl.Doctor;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>Log, snapshot and database of different histories are told apart.</summary>
public sealed class AgreementTests
{
    [Fact]
    public void A_database_ahead_of_the_log_of_a_member_that_is_alone_is_an_error()
    {
        SimFileSystem files = SampleMember.Stopped();
        SetMeta(files, "consistent_index", 5000);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, "consistent index"), (finding.Severity, finding.Check));
        Assert.Contains("up to 5000, but the log ends with 106", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_ahead_of_the_log_of_a_follower_is_a_warning()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Change(ConfChangeType.AddNode, new ClusterMember(7, ["http://127.0.0.1:12380"], false, "", [])));
        SetMeta(files, "consistent_index", 108);
        Assert.Equal((Severity.Warning, "consistent index"), (files.Examine().Only().Severity, files.Examine().Only().Check));
    }

    [Fact]
    public void A_database_older_than_the_snapshot_of_the_log_is_an_error()
    {
        SimFileSystem files = SampleMember.Stopped();
        SetMeta(files, "consistent_index", 10);
        Assert.Contains("the log begins after a snapshot of index 66", files.Examine().Only().Found, StringComparison.Ordinal);

        files.WriteAll($"{SampleMember.Directory.Snapshots}/0000000000000042.snap.db", "an image"u8);
        Assert.Equal(Severity.Notice, files.Examine().Only().Severity);
    }

    [Fact]
    public void Another_term_for_the_same_entry_is_an_error()
    {
        SimFileSystem files = SampleMember.Stopped();
        SetMeta(files, "term", 9);
        Assert.Contains("entry 106 of term 9, in the log that entry is of term 2", files.Examine().Only().Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_was_removed_will_not_start()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction => transaction.Bucket("members_removed"u8)!.Put(Encoding.ASCII.GetBytes("2e1259d415f2a040"), "removed"u8));
        Assert.Contains(files.Examine().Findings, static finding => finding.Severity == Severity.Error && finding.Found.Contains("has been removed", StringComparison.Ordinal));
    }

    [Fact]
    public void Members_that_the_log_does_not_know_are_told()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction =>
            transaction.Bucket("members"u8)!.Put("7"u8, MemberJson.Write(new ClusterMember(7, ["http://127.0.0.1:9"], false, "x", []))));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, "members"), (finding.Severity, finding.Check));
        Assert.Contains("7 is only in the database", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_learner_that_was_promoted_in_the_log_only_is_told()
    {
        var learner = new ClusterMember(7, ["http://127.0.0.1:12380"], true, "", []);
        SimFileSystem files = SampleMember.Stopped(member =>
        {
            member.Change(ConfChangeType.AddLearnerNode, learner);
            member.Change(ConfChangeType.AddNode, learner with { IsLearner = false });
        });
        Assert.Empty(files.Examine().Findings);
        files.ChangeDatabase(transaction => transaction.Bucket("members"u8)!.Put("7"u8, MemberJson.Write(learner)));
        Assert.Contains("7 is a learner in the database and a voter in the log", files.Examine().Only().Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_somebody_else_is_told()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction =>
        {
            transaction.Bucket("members"u8)!.Delete(Encoding.ASCII.GetBytes("2e1259d415f2a040"));
            transaction.Bucket("members"u8)!.Put("7"u8, MemberJson.Write(new ClusterMember(7, ["http://127.0.0.1:9"], false, "x", [])));
        });
        Assert.Contains(files.Examine().Findings, static finding => finding.Severity == Severity.Error && finding.Found.Contains("which is not among the members", StringComparison.Ordinal));
    }

    private static void SetMeta(SimFileSystem files, string key, ulong value) => files.ChangeDatabase(transaction =>
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        transaction.Bucket("meta"u8)!.Put(Encoding.ASCII.GetBytes(key), bytes);
    });
}
