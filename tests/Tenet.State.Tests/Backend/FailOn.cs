using Tenet.Foundation.Files.Simulation;

namespace Tenet.State.Tests.Backends;

/// <summary>Fails every operation of a kind on the paths chosen.</summary>
internal sealed class FailOn(Func<string, bool> path, DiskOperation operation) : IDiskFaults
{
    public void Before(in DiskEvent step)
    {
        if (step.Operation == operation && path(step.Path))
            throw new IOException($"the disk refuses {operation}");
    }
}
