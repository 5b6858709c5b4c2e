using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>Random histories against a sorted dictionary, under every option that must not matter.</summary>
public sealed class PropertyTests
{
    public static TheoryData<int, bool, double, ulong> Variants()
    {
        var variants = new TheoryData<int, bool, double, ulong>();
        ulong seed = 1;
        foreach (int pageSize in (int[])[1024, 2048, 4096, 8192, 16384, 32768, 65536])
        {
            foreach (bool noFreelistSync in (bool[])[true, false])
                variants.Add(pageSize, noFreelistSync, (seed % 4) switch { 0 => 0.1, 1 => 0.5, 2 => 0.9, _ => 1.0 }, seed++);
        }

        return variants;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_random_history_equals_the_model(int pageSize, bool noFreelistSync, double fillPercent, ulong seed)
    {
        BoltOptions options = Databases.Options with { PageSize = pageSize, NoFreelistSync = noFreelistSync };
        RunHistory(options, fillPercent, seed, transactions: 25);
    }

    [Fact]
    public void One_history_gives_one_content_under_all_options()
    {
        string[] contents = [.. Variants().Select(row =>
        {
            BoltOptions options = Databases.Options with { PageSize = (int)row[0], NoFreelistSync = (bool)row[1] };
            return RunHistory(options, (double)row[2], seed: 77, transactions: 10);
        })];
        Assert.Single(contents.Distinct());
    }

    private static string RunHistory(BoltOptions options, double fillPercent, ulong seed, int transactions)
    {
        var files = new SimFileSystem();
        var workload = new Workload(seed) { FillPercent = fillPercent };
        // Decides about what must not matter, so it draws from a sequence of its own.
        var own = new Tenet.Foundation.Randomness.SeededRandom(seed ^ (ulong)options.PageSize);
        var model = new ModelBucket();
        BoltDatabase database = files.Open(options);
        var held = new Queue<(BoltReadTransaction View, string Content)>();
        try
        {
            for (int i = 0; i < transactions; i++)
            {
                ModelBucket changed = model.Clone();
                bool keep = workload.Random.Chance(0.85);
                using (BoltWriteTransaction transaction = database.BeginWrite())
                {
                    workload.Change(transaction, changed, workload.Random.Next(1, 40));
                    Assert.Equal(changed.Describe(), ModelBucket.Read(transaction).Describe());
                    if (keep)
                        transaction.Commit();
                }

                model = keep ? changed : model;
                CheckInvariants(database, model);
                Assert.Equal(model.Describe(), database.Describe());
                if (own.Chance(0.3))
                    held.Enqueue((database.BeginRead(), model.Describe()));
                if (held.Count > 4 || (held.Count > 0 && own.Chance(0.2)))
                    EndReader(held);
                if (!own.Chance(0.1))
                    continue;
                while (held.Count > 0)
                    EndReader(held);
                database.Dispose();
                database = files.Open(options with { NoFreelistSync = own.Chance(0.2) ^ options.NoFreelistSync });
                Assert.Equal(model.Describe(), database.Describe());
            }

            return database.Describe();
        }
        finally
        {
            while (held.Count > 0)
                EndReader(held);
            database.Dispose();
        }
    }

    private static void CheckInvariants(BoltDatabase database, ModelBucket model)
    {
        using BoltReadTransaction view = database.BeginRead();
        foreach (byte[] name in model.Buckets.Keys)
            WriterInvariants.Check(view, name);
    }

    private static void EndReader(Queue<(BoltReadTransaction View, string Content)> held)
    {
        (BoltReadTransaction view, string content) = held.Dequeue();
        using (view)
            Assert.Equal(content, ModelBucket.Read(view).Describe());
    }
}
