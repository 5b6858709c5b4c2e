using System.Text;
using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Migration;

/// <summary>The schema's version goes up and down as etcd's tool has it.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task Up_and_down_again_leaves_the_database_as_it_was()
    {
        SimFileSystem files = SampleMember.Stopped();
        string before = (await ToolRun.Of(files, "snapshot", "status", SampleMember.Directory.Database)).Output;
        ToolRun up = await Migrate(files, "3.7");
        Assert.Equal(0, up.ExitCode);
        Assert.Contains("\tupdated storage version\t{\"new-storage-version\": \"3.6.0\"}\n", up.Errors, StringComparison.Ordinal);
        Assert.Contains("\tupdated storage version\t{\"new-storage-version\": \"3.7.0\"}\n", up.Errors, StringComparison.Ordinal);
        Assert.Equal("3.7.0", Stored(files));
        Assert.Contains("\tstorage version up-to-date\t{\"storage-version\": \"3.7\"}\n", (await Migrate(files, "3.7")).Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await Migrate(files, "3.5")).ExitCode);
        Assert.Null(Stored(files));
        Assert.Equal(before, (await ToolRun.Of(files, "snapshot", "status", SampleMember.Directory.Database)).Output);
    }

    [Fact]
    public async Task A_version_that_nobody_knows_is_refused_unless_forced()
    {
        SimFileSystem files = SampleMember.Stopped();
        ToolRun refused = await Migrate(files, "3.9");
        Assert.Equal((1, "Error: cannot create migration plan: version \"3.8.0\" is not supported\n"), (refused.ExitCode, refused.Errors));
        ToolRun forced = await Migrate(files, "3.9", "--force");
        Assert.Equal(0, forced.ExitCode);
        Assert.Contains("\twarn\ttenetutl\tforcefully set storage version\t{\"storage-version\": \"3.9\"}\n", forced.Errors, StringComparison.Ordinal);
        Assert.Equal("3.9.0", Stored(files));
    }

    [Fact]
    public async Task Entries_of_a_later_version_stand_against_a_downgrade()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Append(new InternalRaftRequest { DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.6.0" } }));
        files.ChangeDatabase(static transaction => transaction.Bucket("meta"u8)!.Put("storageVersion"u8, "3.6.0"u8));
        ToolRun refused = await Migrate(files, "3.5");
        Assert.Equal(1, refused.ExitCode);
        Assert.EndsWith(
            "Error: cannot downgrade storage, WAL contains newer entries, as the target version (3.5.0) is lower than the version (3.6.0) detected from WAL logs\n",
            refused.Errors,
            StringComparison.Ordinal);
        Assert.Equal("3.6.0", Stored(files));
        Assert.Equal(0, (await Migrate(files, "3.5", "--force")).ExitCode);
        Assert.Null(Stored(files));
    }

    private static Task<ToolRun> Migrate(IFileSystem files, string target, params string[] more) =>
        ToolRun.Of(files, ["migrate", "--data-dir", SampleMember.Root, "--target-version", target, .. more]);

    private static string? Stored(IFileSystem files)
    {
        using BoltDatabase database = BoltDatabase.Open(files, SampleMember.Directory.Database, new BoltOptions { ReadOnly = true });
        using BoltReadTransaction view = database.BeginRead();
        return view.Bucket("meta"u8)!.TryGet("storageVersion"u8, out ReadOnlySpan<byte> text) ? Encoding.ASCII.GetString(text) : null;
    }
}
