using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Snapshots;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Snapshots;

/// <summary>What a file holds is told, and a damaged one refused.</summary>
public sealed class SnapshotStatusTests
{
    [Fact]
    public void Keys_that_exist_are_counted()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Delete("key4"));
        Dictionary<string, byte[]> before = files.Everything();
        SnapshotStatus status = Read(files);
        Assert.Equal((104L, 26L, ""), (status.Revision, status.TotalKeys, status.Version));
        Assert.NotEqual(0U, status.Hash);
        Assert.Equal(status, Read(files));
        Assert.Equal(before, files.Everything());
    }

    [Fact]
    public void The_version_of_the_schema_is_told()
    {
        SimFileSystem files = SampleMember.Stopped();
        uint before = Read(files).Hash;
        files.ChangeDatabase(static transaction => transaction.Bucket("meta"u8)!.Put("storageVersion"u8, "3.6.0"u8));
        Assert.Equal("3.6.0", Read(files).Version);
        Assert.NotEqual(before, Read(files).Hash);
    }

    [Fact]
    public void A_damaged_file_is_refused_with_all_that_is_wrong()
    {
        SimFileSystem files = SampleMember.Stopped();
        string[] lines = [];
        for (long page = 2; lines.Length == 0; page++)
        {
            SimFileSystem damaged = files.Clone();
            damaged.FlipBit(SampleMember.Directory.Database, page * 4096, 6);
            try
            {
                Read(damaged);
            }
            catch (UtlException refused)
            {
                lines = refused.Message.Split('\n');
            }
        }

        Assert.Equal($"snapshot file integrity check failed. {lines.Length - 1} errors found.", lines[0]);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Equal("stat nofile: no such file or directory", Assert.Throws<UtlException>(static () => new SnapshotStatusReader(new SimFileSystem(), null).Read("nofile")).Message);

    private static SnapshotStatus Read(SimFileSystem files) => new SnapshotStatusReader(files, TimeSpan.Zero).Read(SampleMember.Directory.Database);
}
