using System.Globalization;
using Tenet.Foundation.Randomness;
using Tenet.Simulation.Faults;

namespace Tenet.Simulation.Worlds;

/// <summary>What a seed decides before anything happens: how large the cluster is, how it is set up, what befalls it, what clients do.</summary>
internal sealed record WorldPlan
{
    public required ulong Seed { get; init; }

    public required int Members { get; init; }

    public required int Clients { get; init; }

    /// <summary>How long clients work while faults happen, in virtual time.</summary>
    public required TimeSpan FaultPhase { get; init; }

    /// <summary>What befalls the cluster.</summary>
    public required IReadOnlyList<FaultKind> Faults { get; init; }

    /// <summary>1 is the usual frequency of faults.</summary>
    public required double Intensity { get; init; }

    public required LinkQuality Network { get; init; }

    /// <summary>A healthy disk's sync, shortest and longest, in ticks.</summary>
    public required (long Min, long Max) DiskTime { get; init; }

    public required ulong SnapshotCount { get; init; }

    public required ulong CatchUpEntries { get; init; }

    public required int BackendBatchLimit { get; init; }

    public required int CompactionBatchLimit { get; init; }

    public required long WalSegmentBytes { get; init; }

    /// <summary>Records that a defragmentation copies before others have a turn.</summary>
    public required int DefragmentStepRecords { get; init; }

    public required bool PreVote { get; init; }

    public required bool LeaseCheckpoints { get; init; }

    /// <summary>Longest pause of a client between two calls.</summary>
    public required TimeSpan ClientPause { get; init; }

    /// <summary>Keys that clients use.</summary>
    public required int Keys { get; init; }

    public required int Watchers { get; init; }

    public bool WithChecks { get; init; } = true;

    public static WorldPlan Draw(ulong seed)
    {
        var random = new SeededRandom(seed);
        int members = random.Next(10) switch { 0 => 1, <= 7 => 3, _ => 5 };
        double intensity = 0.5 + 1.5 * random.NextDouble();
        long unit = TimeSpan.TicksPerMillisecond / 10;
        bool wide = random.Chance(0.2);
        return new WorldPlan
        {
            Seed = seed,
            Members = members,
            Clients = random.Next(2, 6),
            FaultPhase = TimeSpan.FromSeconds(random.Next(15, 35)),
            Faults = DrawFaults(random),
            Intensity = intensity,
            Network = new LinkQuality(
                unit * random.Next(1, wide ? 200 : 20),
                unit * random.Next(20, wide ? 800 : 100),
                0,
                0,
                0),
            DiskTime = (unit * random.Next(1, 5), unit * random.Next(5, 60)),
            SnapshotCount = (ulong)random.Next(10, 300),
            CatchUpEntries = (ulong)random.Next(1, 100),
            BackendBatchLimit = random.Chance(0.5) ? 10_000 : random.Next(1, 100),
            CompactionBatchLimit = random.Next(1, 50),
            WalSegmentBytes = 4096 << random.Next(1, 6),
            PreVote = random.Chance(0.8),
            LeaseCheckpoints = random.Chance(0.5),
            ClientPause = TimeSpan.FromMilliseconds(random.Next(5, 200)),
            Keys = random.Next(2, 9),
            Watchers = random.Next(4),
            DefragmentStepRecords = random.Next(1, 60),
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Seed}: {Members} members, {Clients} clients on {Keys} keys, {FaultPhase.TotalSeconds:F0} s, intensity {Intensity:F2}, faults: {string.Join(", ", Faults)}; "
        + $"snapshot every {SnapshotCount}, {CatchUpEntries} entries kept, segments of {WalSegmentBytes}, batches of {BackendBatchLimit}, "
        + $"{(PreVote ? "" : "no ")}pre-vote, {(LeaseCheckpoints ? "" : "no ")}checkpoints, network {Network.DelayMin / 10_000.0:F1}-{Network.DelayMax / 10_000.0:F1} ms, disk {DiskTime.Min / 10_000.0:F1}-{DiskTime.Max / 10_000.0:F1} ms");

    /// <summary>A few kinds, so that most pairs come together in some runs and few runs are a thunderstorm.</summary>
    private static List<FaultKind> DrawFaults(SeededRandom random)
    {
        double share = random.Next(5) switch { 0 => 0, 1 => 0.1, 2 or 3 => 0.3, _ => 0.6 };
        var drawn = new List<FaultKind>();
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
        {
            if (random.Chance(share))
                drawn.Add(kind);
        }

        return drawn;
    }
}
