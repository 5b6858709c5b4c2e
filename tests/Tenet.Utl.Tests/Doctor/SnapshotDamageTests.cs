using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Doctor;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>What is wrong beside the database is found.</summary>
public sealed class SnapshotDamageTests
{
    [Fact]
    public void A_changed_byte_in_the_snapshot_is_found()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.FlipBit(SnapshotPath(files), 200, 3);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, "snapshots", SnapshotPath(files), (long?)0), (finding.Severity, finding.Check, finding.File, finding.Offset));
        Assert.Contains("crc mismatch", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_is_gone_is_missed()
    {
        SimFileSystem files = SampleMember.Stopped();
        string path = SnapshotPath(files);
        files.DeleteFile(path);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, path), (finding.Severity, finding.File));
    }

    [Fact]
    public void A_snapshot_under_another_name_is_found()
    {
        SimFileSystem files = SampleMember.Stopped();
        string other = $"{SampleMember.Directory.Snapshots}/0000000000000002-0000000000000001.snap";
        files.Rename(SnapshotPath(files), other);
        Assert.Contains(files.Examine().Findings, finding => finding.Severity == Severity.Error && finding.File == other);
    }

    [Fact]
    public void A_damaged_snapshot_that_no_start_needs_is_a_warning()
    {
        SimFileSystem files = SampleMember.Stopped();
        string old = $"{SampleMember.Directory.Snapshots}/0000000000000001-0000000000000001.snap";
        files.WriteAll(old, "not a snapshot"u8);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, old), (finding.Severity, finding.File));
    }

    [Theory]
    [InlineData("tmp123")]
    [InlineData("db.tmp.7")]
    [InlineData("0000000000000005.snap.db")]
    [InlineData("0000000000000002-0000000000000009.snap.broken")]
    [InlineData("notes.txt")]
    public void What_was_left_over_is_a_notice(string name)
    {
        SimFileSystem files = SampleMember.Stopped();
        files.WriteAll($"{SampleMember.Directory.Snapshots}/{name}", "x"u8);
        DoctorReport report = files.Examine();
        Assert.Equal((Severity.Notice, $"{SampleMember.Directory.Snapshots}/{name}"), (report.Only().Severity, report.Only().File));
        Assert.Equal(0, report.ExitCode);
    }

    private static string SnapshotPath(SimFileSystem files) =>
        $"{SampleMember.Directory.Snapshots}/{files.List(SampleMember.Directory.Snapshots).Single(static name => name.EndsWith(".snap", StringComparison.Ordinal))}";
}
