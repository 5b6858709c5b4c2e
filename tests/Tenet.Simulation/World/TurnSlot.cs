using Tenet.Server.Loops;

namespace Tenet.Simulation.Worlds;

/// <summary>One loop of a process as the scheduler sees it.</summary>
internal sealed class TurnSlot(SimProcess process, ITurn turn, int number)
{
    public SimProcess Process => process;

    public ITurn Turn => turn;

    public int Number => number;

    /// <summary>Whether its thread waits for the disk: its turns cost what the disk costs.</summary>
    public bool WaitsForDisk { get; } = turn.Name is "log" or "commit";

    /// <summary>Something has happened in its process since it last found nothing to do.</summary>
    public bool IsAwake { get; private set; } = true;

    /// <summary>Its thread is busy, or not given a processor, until then.</summary>
    public long NotBefore { get; set; }

    public void Wake()
    {
        if (IsAwake)
            return;
        IsAwake = true;

        // What waits for a disk has written before it waits, but its effects come after the wait: so the wait comes first.
        if (WaitsForDisk)
            NotBefore = Math.Max(NotBefore, process.World.Now + process.Machine.DiskTime());
    }

    public void Sleep() => IsAwake = false;
}
