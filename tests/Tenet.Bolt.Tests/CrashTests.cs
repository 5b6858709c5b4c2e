using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;

namespace Tenet.Bolt.Tests;

/// <summary>Power cuts around every operation on the disk: the file opens, is sound, and holds the last commit or the one being made.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(4096, true, 1)]
    [InlineData(4096, false, 2)]
    [InlineData(1024, true, 3)]
    [InlineData(1024, false, 4)]
    [InlineData(16384, false, 5)]
    public void After_a_power_cut_at_any_operation_the_last_commit_is_there(int pageSize, bool noFreelistSync, ulong seed)
    {
        BoltOptions options = Databases.Options with { PageSize = pageSize, NoFreelistSync = noFreelistSync };
        var files = new SimFileSystem();
        var cuts = new PowerCuts(files, options, seed);
        files.Faults = cuts;
        var workload = new Workload(seed, keys: 150);
        var model = new ModelBucket();
        using BoltDatabase database = files.Open(options with { Strict = false });
        for (int i = 0; i < 9; i++)
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            workload.Change(transaction, model, workload.Random.Next(1, 25));
            cuts.Committing = model.Describe();
            transaction.Commit();
            cuts.Committed = cuts.Committing;
        }

        Assert.True(cuts.Count > 80, $"only {cuts.Count} power cuts");
    }

    [Fact]
    public void Repeated_power_cuts_lose_no_commit()
    {
        var random = new SeededRandom(11);
        var files = new SimFileSystem();
        files.MakeDurable();
        var workload = new Workload(12, keys: 150);
        var model = new ModelBucket();
        BoltOptions options = Databases.Options with { PageSize = 1024 };
        for (int round = 0; round < 25; round++)
        {
            BoltDatabase database = files.Open(options);
            Assert.Equal(model.Describe(), database.Describe());
            for (int i = random.Next(1, 4); i > 0; i--)
                database.Write(transaction => workload.Change(transaction, model, random.Next(1, 20)));
            files = files.Crash(random);
        }
    }

    private sealed class PowerCuts(SimFileSystem files, BoltOptions options, ulong seed) : IDiskFaults
    {
        private readonly SeededRandom _random = new(seed);

        public int Count { get; private set; }

        public string Committed { get; set; } = "";

        public string Committing { get; set; } = "";

        public void Before(in DiskEvent operation) => Cut(operation);

        public void After(in DiskEvent operation) => Cut(operation);

        private void Cut(in DiskEvent operation)
        {
            Count++;
            SimFileSystem after = files.Crash(_random);
            using BoltDatabase database = after.Open(options);
            Assert.Empty(database.Problems());
            string content = database.Describe();
            Assert.True(content == Committed || content == Committing, $"neither commit after a cut at {operation}:\n{content}");
            database.Fill(5);
        }
    }
}
