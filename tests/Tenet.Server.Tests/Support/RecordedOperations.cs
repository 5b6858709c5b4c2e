using Tenet.Foundation.Files.Simulation;

namespace Tenet.Server.Tests.Support;

/// <summary>What was asked of a disk, in order.</summary>
internal sealed class RecordedOperations : IDiskFaults
{
    public List<DiskEvent> Seen { get; } = [];

    public void Before(in DiskEvent operation) => Seen.Add(operation);
}
