using Tenet.Raft.Tests.Models;

namespace Tenet.Raft.Tests;

/// <summary>Clusters under faults: safe at every step, and alive again when the faults end. A failure names its seed.</summary>
public sealed class RandomClusterTests
{
    private const int Steps = 6000;
    private const int Seeds = 10;

    /// <summary>Blocks of seeds; TENET_RAFT_SEED=n runs the one seed n alone.</summary>
    public static TheoryData<ulong, ulong> Blocks
    {
        get
        {
            if (ulong.TryParse(Environment.GetEnvironmentVariable("TENET_RAFT_SEED"), out ulong seed))
                return new() { { seed, seed } };
            TheoryData<ulong, ulong> blocks = [];
            for (ulong first = 1; first <= 61; first += Seeds)
                blocks.Add(first, first + Seeds - 1);
            return blocks;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_cluster_under_faults_stays_safe_and_recovers(ulong first, ulong last)
    {
        ulong applied = 0;
        int leaders = 0;
        int reads = 0;
        for (ulong seed = first; seed <= last; seed++)
        {
            var cluster = new SimulatedCluster(seed);
            try
            {
                cluster.Run(Steps);
                cluster.Heal();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
            applied += cluster.History.Applied;
            leaders += cluster.History.Leaders;
            reads += cluster.ReadsAnswered;
        }
        // A run in which nothing happens proves nothing.
        Assert.True(applied > 20 && leaders > 2 && reads > 0, $"{applied} applied, {leaders} leaders, {reads} reads");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        static (ulong, int, int, int) Run()
        {
            var cluster = new SimulatedCluster(7);
            cluster.Run(Steps);
            return (cluster.History.Applied, cluster.History.Leaders, cluster.Crashes, cluster.ReadsAnswered);
        }

        Assert.Equal(Run(), Run());
    }
}
