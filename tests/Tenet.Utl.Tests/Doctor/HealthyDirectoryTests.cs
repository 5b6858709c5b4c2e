using System.Text.Json;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Members;
using Tenet.Utl.Doctor;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>A sound directory gives no finding, and doctor leaves every directory as it was.</summary>
public sealed class HealthyDirectoryTests
{
    [Fact]
    public void A_directory_with_a_history_is_sound()
    {
        SimFileSystem files = SampleMember.Stopped(static member =>
        {
            member.Grant(42);
            member.Put("leased", "x", 42);
            member.Compact(50);
            member.Change(ConfChangeType.AddLearnerNode, new ClusterMember(7, ["http://127.0.0.1:12380"], true, "", []));
            member.Change(ConfChangeType.AddNode, new ClusterMember(7, ["http://127.0.0.1:12380"], false, "", []));
            member.Change(ConfChangeType.RemoveNode, new ClusterMember(7, [], false, "", []));
        });
        DoctorReport report = files.Examine();
        Assert.Empty(report.Findings);
        Assert.Equal((Severity.Ok, 0), (report.Worst, report.ExitCode));
        Assert.Equal(SampleMember.Id, report.Log!.Identity!.NodeID);
        Assert.Equal(report.Log.LastIndex, report.Database!.ConsistentIndex);
        Assert.Equal((28, 1, 50), (report.Database.Keys, report.Database.Leases, report.Database.CompactRevision));
        Assert.Contains("down: etcd 3.5 can take it over", report.Readiness);
    }

    [Fact]
    public void A_member_that_has_just_founded_its_cluster_is_sound()
    {
        var files = new SimFileSystem();
        using (var member = new SampleMember(files))
            member.Found();
        Assert.Empty(files.Examine().Findings);
    }

    [Fact]
    public void A_member_killed_before_its_database_was_committed_is_sound()
    {
        var files = new SimFileSystem();
        using (var member = new SampleMember(files))
        {
            member.Found();
            member.TakeSnapshot();
            for (int i = 0; i < 20; i++)
                member.Put("unsealed", "x");
            DoctorReport report = files.Clone().Examine();
            Assert.DoesNotContain(report.Findings, static finding => finding.Severity > Severity.Notice);
        }
    }

    [Fact]
    public void No_byte_is_changed_and_no_lock_kept()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.WriteAll($"{SampleMember.Directory.Snapshots}/db.tmp.1", [1, 2, 3]);
        files.WriteAll($"{SampleMember.Directory.Snapshots}/0000000000000002-0000000000000003.snap", [1, 2, 3]);
        files.FlipBit(files.Segments()[1], 100, 1);
        Dictionary<string, byte[]> before = files.Everything();
        long operations = files.OperationCount;
        files.Examine();
        Assert.Equal(operations, files.OperationCount);
        Assert.Equal(before, files.Everything());
        using IFile database = files.Open(SampleMember.Directory.Database, FileOpenMode.Existing, FileAccess.ReadWrite);
        Assert.True(database.TryLock(FileLockKind.Flock));
    }

    [Fact]
    public void The_log_may_lie_elsewhere()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.Rename(SampleMember.Directory.Wal, "/elsewhere");
        Assert.Contains(files.Examine().Findings, static finding => finding.Found == "there is no write-ahead log" && finding.Severity == Severity.Warning);
        Assert.Empty(files.Examine(DataDirectory.Of(SampleMember.Root, "/elsewhere")).Findings);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_no_finding_but_a_mistake()
    {
        var files = new SimFileSystem();
        Assert.Equal("stat /nowhere: no such file or directory", Assert.Throws<UtlException>(() => files.Examine(DataDirectory.Of("/nowhere"))).Message);
    }

    [Fact]
    public void What_stops_an_older_version_is_named()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Append(new InternalRaftRequest { DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.6.0" } }));
        string line = Assert.Single(files.Examine().Readiness, static line => line.StartsWith("down:", StringComparison.Ordinal));
        Assert.Contains("1 entries of the log are of a later version, the first one 107 (downgrade_version_test, 3.6)", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_as_JSON_says_what_the_text_says()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Raise(AlarmType.Nospace));
        ToolRun run = await ToolRun.Of(files, "doctor", SampleMember.Root, "-w", "json");
        Assert.Equal(1, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement finding = Assert.Single(json.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(("warning", "alarms"), (finding.GetProperty("severity").GetString(), finding.GetProperty("check").GetString()));
        Assert.Equal("warning", json.RootElement.GetProperty("severity").GetString());
        Assert.Equal("2e1259d415f2a040", json.RootElement.GetProperty("log").GetProperty("member").GetString());

        string text = (await ToolRun.Of(files, "doctor", SampleMember.Root)).Output;
        Assert.Contains("alarm NOSPACE is raised for member 2e1259d415f2a040: writes are refused", text, StringComparison.Ordinal);
        Assert.EndsWith("The member starts, but see the warnings.\n", text, StringComparison.Ordinal);
    }
}
