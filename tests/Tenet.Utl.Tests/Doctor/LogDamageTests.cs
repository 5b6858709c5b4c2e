using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using Tenet.Utl.Doctor;
using Tenet.Utl.Tests.Support;
using Tenet.Wal;
using Tenet.Wal.Reading;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>What is wrong with a log is found where it is.</summary>
public sealed class LogDamageTests
{
    [Fact]
    public void A_changed_byte_in_any_segment_is_found_at_its_record()
    {
        string[] segments = SampleMember.Stopped().Segments();
        Assert.True(segments.Length >= 4, "several segments are needed");
        for (int i = 0; i < segments.Length - 1; i++)
        {
            SimFileSystem files = SampleMember.Stopped();
            long offset = EntryOffset(files, i, 3);
            files.FlipBit(segments[i], offset + 30, 2);
            Finding finding = files.Examine().Only();
            Assert.Equal((Severity.Error, "log", segments[i], offset), (finding.Severity, finding.Check, finding.File, finding.Offset));
        }
    }

    [Fact]
    public void A_segment_that_is_gone_is_missed()
    {
        SimFileSystem files = SampleMember.Stopped();
        string[] segments = files.Segments();
        files.DeleteFile(segments[1]);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, segments[2]), (finding.Severity, finding.File));
        Assert.Contains("segment 0000000000000001 is missing", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_begins_after_its_snapshot_is_told()
    {
        SimFileSystem files = SampleMember.Stopped();
        foreach (string segment in files.Segments()[..^1])
            files.DeleteFile(segment);
        DoctorReport report = files.Examine();
        Assert.Equal(2, report.ExitCode);
        Assert.Contains(report.Findings, finding => finding.Found.StartsWith("the log begins with entry", StringComparison.Ordinal));
    }

    [Fact]
    public void A_torn_end_is_what_a_power_cut_leaves()
    {
        SimFileSystem files = SampleMember.Stopped();
        string last = files.Segments()[^1];
        long offset = LastRecord(files).Offset;
        byte[] bytes = files.ReadAll(last);
        files.WriteAll(last, bytes.AsSpan(0, (int)offset + 11));
        DoctorReport report = files.Examine();
        Finding finding = report.Only();
        Assert.Equal((Severity.Notice, last, (long?)offset), (finding.Severity, finding.File, finding.Offset));
        Assert.Equal(0, report.ExitCode);
    }

    [Fact]
    public void Committed_entries_that_the_log_has_lost_are_missed()
    {
        SimFileSystem files = SampleMember.Stopped();
        using (WriteAheadLog log = WriteAheadLog.Open(files, SampleMember.Directory.Wal, WalSnapshot.Beginning, new WalOptions { SegmentBytes = 4096 }).Log)
            log.Save(new HardState(SampleMember.Term + 1, 0, 10_000), []);
        Finding finding = files.Examine().Only();
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("acknowledged entries are lost", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_of_an_earlier_term_behind_a_later_one_is_found()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Save(new Entry(SampleMember.Term - 1, member.Index + 1, EntryType.Normal, default)));
        (_, long offset) = Records(files, files.Segments()[^1]).Last(static record => record.Kind == WalRecordKind.Entry);
        Finding finding = files.Examine().Findings[0];
        Assert.Equal((Severity.Error, files.Segments()[^1], (long?)offset), (finding.Severity, finding.File, finding.Offset));
    }

    [Fact]
    public void What_a_running_member_has_half_written_is_passed_over()
    {
        SimFileSystem files = SampleMember.Stopped();
        string last = files.Segments()[^1];
        files.WriteAll(last, files.ReadAll(last).AsSpan(0, (int)LastRecord(files).Offset + 11));
        using IFile database = files.Open(SampleMember.Directory.Database, FileOpenMode.Existing, FileAccess.ReadWrite);
        Assert.True(database.TryLock(FileLockKind.Flock));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Notice, "a member runs on this directory"), (finding.Severity, finding.Found));
    }

    [Fact]
    public void An_entry_that_no_version_reads_is_told()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Save(new Entry(SampleMember.Term, member.Index + 1, EntryType.Normal, new byte[] { 0xff, 0xff })));
        DoctorReport report = files.Examine();
        Assert.Contains(report.Findings, static finding => finding.Severity == Severity.Warning && finding.Found.Contains("its data is not a request", StringComparison.Ordinal));
    }

    private static (WalRecordKind Kind, long Offset) LastRecord(IFileSystem files) => Records(files, files.Segments()[^1])[^1];

    private static long EntryOffset(IFileSystem files, int segment, int entry) =>
        Records(files, files.Segments()[segment]).Where(static record => record.Kind == WalRecordKind.Entry).ElementAt(entry).Offset;

    private static (WalRecordKind Kind, long Offset)[] Records(IFileSystem files, string segment)
    {
        var records = new List<(WalRecordKind, long)>();
        using WalReader reader = WalReader.Open(files, WalSegment.Of(files, SampleMember.Directory.Wal));
        while (reader.Next(out WalRecord record))
        {
            if (record.Path == segment)
                records.Add((record.Kind, record.Offset));
        }

        return [.. records];
    }
}
