using Tenet.Foundation.Files.Simulation;

namespace Tenet.Simulation.Worlds;

/// <summary>Stands between one process and its disk: counts, fails what is to fail, cuts the power at a chosen operation.</summary>
internal sealed class SimDiskWatch(SimProcess process) : IDiskFaults
{
    private long _hash;

    /// <summary>A digest of all operations so far, for the trace.</summary>
    public long Digest => _hash;

    /// <summary>Operations still to be done before the power goes; 0 for never.</summary>
    public int PowerCutIn { get; set; }

    /// <summary>Whether the next sync fails.</summary>
    public bool FailNextSync { get; set; }

    public void Before(in DiskEvent operation)
    {
        process.World.RequireOwnThread();
        if (process.IsOver)
            throw new PowerCutException();
        _hash = (_hash * 31 + (int)operation.Operation) * 31 + operation.Offset + operation.Length;
        if (PowerCutIn > 0 && --PowerCutIn == 0)
        {
            process.Machine.CutPower();
            throw new PowerCutException();
        }

        if (FailNextSync && operation.Operation is DiskOperation.SyncData or DiskOperation.Sync)
        {
            FailNextSync = false;
            process.DiskFailed = true;
            process.SyncFailed = true;
            process.World.Trace.Add(process.World.Now, TraceKind.Fault, process.Machine.Name, (int)operation.Operation, 0, "sync fails");
            throw new IOException($"Input/output error: {operation.Path}");
        }
    }
}
