using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;

namespace Tenet.Server.Tests.Support;

/// <summary>Power fails before the given operation of a disk, counted from here; from then on nothing works.</summary>
internal sealed class PowerCut(long operation, SeededRandom random) : IDiskFaults
{
    private SimFileSystem? _disk;
    private long _seen;

    /// <summary>The disk as it is found afterwards; null while there is power.</summary>
    public SimFileSystem? Crashed { get; private set; }

    public void Before(in DiskEvent disk)
    {
        if (++_seen < operation)
            return;
        Crashed ??= _disk!.Crash(random);
        throw new PowerCutException();
    }

    public PowerCut On(SimFileSystem disk)
    {
        _disk = disk;
        return this;
    }
}
