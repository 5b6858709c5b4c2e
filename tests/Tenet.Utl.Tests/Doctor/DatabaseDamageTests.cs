using System.Text;
using Tenet.Bolt;
using Tenet.Bolt.Inspection;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Doctor;
using Tenet.Utl.Output;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>What is wrong in the database is found, page by page and record by record.</summary>
public sealed class DatabaseDamageTests
{
    private static readonly string Path = SampleMember.Directory.Database;

    [Fact]
    public void One_damaged_meta_page_is_a_warning_two_are_the_end()
    {
        SimFileSystem files = SampleMember.Stopped();
        int pageSize = PageSize(files);
        files.FlipBit(Path, pageSize + 16 + 48, 0);
        Finding one = files.Examine().Only();
        Assert.Equal((Severity.Warning, Path, (long?)pageSize + 16 + 56), (one.Severity, one.File, one.Offset));

        files.FlipBit(Path, 16 + 48, 0);
        Finding two = files.Examine().Only();
        Assert.Equal((Severity.Error, Path), (two.Severity, two.File));
    }

    [Fact]
    public void A_page_that_is_another_one_is_found_at_its_offset()
    {
        SimFileSystem files = SampleMember.Stopped();
        ulong leaf = Pages(files, "leaf").Last();
        files.FlipBit(Path, (long)leaf * PageSize(files), 6);
        DoctorReport report = files.Examine();
        Assert.Equal(2, report.ExitCode);
        Assert.Contains(report.Findings, finding => finding.Check == "pages" && finding.Severity == Severity.Error && finding.Offset == (long)leaf * PageSize(files));
        Assert.Null(report.Database);
    }

    [Fact]
    public void Keys_out_of_order_are_found_at_their_page()
    {
        SimFileSystem files = SampleMember.Stopped();
        ulong leaf = Pages(files, "leaf").First(id => Read(files, id) is { Count: > 20 } page && page.Item(0).Key.Length == 17);
        BoltPage page = Read(files, leaf);
        int start = page.Bytes.Span.IndexOf(page.Item(10).Key.Span);
        files.FlipBit(Path, (long)leaf * PageSize(files) + start + 7, 6);
        Assert.Contains(files.Examine().Findings, finding => finding.Offset == (long)leaf * PageSize(files) && finding.Found.Contains("needs to be", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tree_on_which_etcd_would_stumble_is_a_warning_and_defragmentation_mends_it()
    {
        SimFileSystem files = SampleMember.Stopped();
        ulong branch = Pages(files, "branch").Single();
        BoltPage page = Read(files, branch);

        // The first child's key becomes a smaller one: still in order, but not the first key of the child.
        int start = page.Bytes.Span.IndexOf(page.Item(0).Key.Span);
        files.FlipBit(Path, (long)branch * PageSize(files) + start + 7, 1);
        Assert.Equal(0, (await ToolRun.Of(files, "bbolt", "check", Path)).ExitCode);
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, (long?)branch * PageSize(files)), (finding.Severity, finding.Offset));
        Assert.Contains("is known as 00000000000000005f0000000000000000", finding.Found, StringComparison.Ordinal);
        Assert.Equal(0, (await ToolRun.Of(files, "defrag", "--data-dir", SampleMember.Root)).ExitCode);
        Assert.Empty(files.Examine().Findings);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_told()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.WriteAll(Path, files.ReadAll(Path).AsSpan(0, 3 * PageSize(files)));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, (long?)3 * PageSize(files)), (finding.Severity, finding.Offset));
    }

    [Fact]
    public void A_database_that_is_gone_is_missed()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.DeleteFile(Path);
        Assert.Equal((Severity.Error, Path), (files.Examine().Only().Severity, files.Examine().Only().File));
    }

    [Theory]
    [InlineData("lease")]
    [InlineData("authUsers")]
    public void A_bucket_that_is_gone_is_missed(string bucket)
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(transaction => transaction.DeleteBucket(Encoding.UTF8.GetBytes(bucket)));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, $"bucket {bucket} is missing"), (finding.Severity, finding.Found));
    }

    [Fact]
    public void A_record_that_contradicts_what_came_before_is_found()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction =>
        {
            // Revision 30 of a key whose version is not what the one before it makes it.
            BoltBucket records = transaction.Bucket("key"u8)!;
            BoltCursor cursor = records.Cursor();
            for (int i = 0; i < 29; i++)
                cursor.Next();
            byte[] key = cursor.Key.ToArray();
            byte[] value = cursor.Value.ToArray();
            value[value.AsSpan().IndexOf(" "u8) + 1]++;
            records.Put(key, value);
        });
        DoctorReport report = files.Examine();
        Assert.Contains(report.Findings, static finding => finding is { Severity: Severity.Error, Check: "history" } && finding.Found.Contains("revision 30_0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_record_that_is_none_is_found()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction => transaction.Bucket("key"u8)!.Put("xyz"u8, "?"u8));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, "bucket key holds 78797a, which is no revision"), (finding.Severity, finding.Found));
    }

    [Fact]
    public void A_key_on_a_lease_that_does_not_exist_is_a_warning()
    {
        SimFileSystem files = SampleMember.Stopped(static member =>
        {
            member.Grant(42);
            member.Put("leased", "x", 42);
        });
        files.ChangeDatabase(static transaction => transaction.Bucket("lease"u8)!.Delete([0, 0, 0, 0, 0, 0, 0, 42]));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Warning, "leases", "key \"leased\" hangs on lease 000000000000002a, which does not exist"), (finding.Severity, finding.Check, finding.Found));
    }

    [Fact]
    public void Authentication_without_anybody_who_administers_is_a_warning()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction =>
        {
            transaction.Bucket("auth"u8)!.Put("authEnabled"u8, [1]);
            transaction.Bucket("authUsers"u8)!.Put("u"u8, Convert.FromHexString("0a01751a017a"));
        });
        DoctorReport report = files.Examine();
        Assert.Equal(
            ["user u has role z, which does not exist", "authentication is on, and there is no user root with the role root"],
            report.Findings.Select(static finding => finding.Found));
        Assert.Equal(1, report.ExitCode);
    }

    [Fact]
    public void A_schema_from_the_future_is_an_error()
    {
        SimFileSystem files = SampleMember.Stopped();
        files.ChangeDatabase(static transaction => transaction.Bucket("meta"u8)!.Put("storageVersion"u8, "3.8.0"u8));
        Finding finding = files.Examine().Only();
        Assert.Equal((Severity.Error, "versions"), (finding.Severity, finding.Check));
    }

    [Fact]
    public void A_database_that_is_written_all_the_while_is_not_judged()
    {
        SimFileSystem files = SampleMember.Stopped();
        var writing = new WritingFiles(files, static disk => disk.ChangeDatabase(static _ => { }));
        Finding finding = new DirectoryExamination(writing, NoProgress.Instance).Run(SampleMember.Directory).Only();
        Assert.Equal((Severity.Notice, "the member that runs on it wrote to it all the while"), (finding.Severity, finding.Found));
    }

    private static int PageSize(IFileSystem files)
    {
        using BoltFile file = BoltFile.Open(files, Path);
        return file.PageSize;
    }

    private static BoltPage Read(IFileSystem files, ulong id)
    {
        using BoltFile file = BoltFile.Open(files, Path);
        return file.ReadPage(id);
    }

    private static List<ulong> Pages(IFileSystem files, string type)
    {
        using BoltDatabase database = BoltDatabase.Open(files, Path, new BoltOptions { ReadOnly = true });
        using BoltReadTransaction view = database.BeginRead();
        HashSet<ulong> free = [.. view.FreePages()];
        var pages = new List<ulong>();
        for (ulong id = 0; id < (ulong)(view.Size / database.PageSize); id++)
        {
            if (!free.Contains(id) && Read(files, id).Type == type)
                pages.Add(id);
        }

        return pages;
    }
}
