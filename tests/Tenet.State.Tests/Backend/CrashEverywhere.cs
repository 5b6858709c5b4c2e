using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;

namespace Tenet.State.Tests.Backends;

/// <summary>Keeps, for every operation, the disk as it might be found if the power went before or after it.</summary>
internal sealed class CrashEverywhere(SimFileSystem files, ulong seed) : IDiskFaults
{
    private readonly SeededRandom _random = new(seed);

    public List<SimFileSystem> Disks { get; } = [];

    public void Before(in DiskEvent operation) => Disks.Add(files.Crash(_random));

    public void After(in DiskEvent operation) => Disks.Add(files.Crash(_random));
}
