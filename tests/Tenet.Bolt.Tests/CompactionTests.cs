using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>Copying a database without its free space.</summary>
public sealed class CompactionTests
{
    [Theory]
    [InlineData(1, 0.9, 4096)]
    [InlineData(7, 0.1, 1024)]
    [InlineData(100, 1.0, 16384)]
    [InlineData(10_000, 0.5, 4096)]
    public void A_copy_holds_the_same_with_nested_buckets_and_sequences(int operationsPerCommit, double fillPercent, int pageSize)
    {
        var files = new SimFileSystem();
        using BoltDatabase source = files.Open();
        var workload = new Workload(21);
        var model = new ModelBucket();
        for (int i = 0; i < 10; i++)
            source.Write(transaction => workload.Change(transaction, model, 30));

        using BoltDatabase target = BoltDatabase.Open(files, "/copy", Databases.Options with { PageSize = pageSize, Strict = false });
        using (BoltReadTransaction view = source.BeginRead())
            BoltCompaction.CopyTo(view, target, operationsPerCommit, fillPercent);
        Assert.Equal(source.Describe(), target.Describe());
        Assert.Empty(target.Problems());
        using BoltReadTransaction copied = target.BeginRead();
        foreach (byte[] name in model.Buckets.Keys)
            WriterInvariants.Check(copied, name);
    }

    [Fact]
    public void A_copy_of_a_small_database_is_one_small_map_long()
    {
        var files = new SimFileSystem();
        using BoltDatabase source = files.Open(Databases.Options with { InitialMapBytes = 1 << 30 });
        source.Fill(3000);
        source.Write(static transaction =>
        {
            BoltBucket bucket = transaction.Bucket("b"u8)!;
            for (int i = 10; i < 3000; i++)
                bucket.Delete(Databases.Bytes($"k{i:d5}"));
        });
        using (BoltDatabase target = BoltDatabase.Open(files, "/copy", Databases.Options))
        {
            using BoltReadTransaction view = source.BeginRead();
            BoltCompaction.CopyTo(view, target);
            Assert.Equal(source.Describe(), target.Describe());
        }

        Assert.Equal(32_768, files.ReadAll("/copy").Length);
    }

    [Fact]
    public void A_copy_can_be_called_off()
    {
        var files = new SimFileSystem();
        using BoltDatabase source = files.Open();
        source.Fill(100);
        using BoltDatabase target = BoltDatabase.Open(files, "/copy", Databases.Options);
        using BoltReadTransaction view = source.BeginRead();
        Assert.Throws<OperationCanceledException>(() => BoltCompaction.CopyTo(view, target, cancel: new CancellationToken(canceled: true)));
        target.Fill(1);
    }
}
