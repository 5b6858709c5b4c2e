namespace Tenet.Foundation.Files.Simulation;

/// <summary>A change of names that programs see and the medium may not hold yet. A rename is one change: both names or neither.</summary>
internal readonly record struct DirectoryChange(SimDirectory? From, string? Removed, SimDirectory? To, string? Added, SimNode? Node)
{
    public bool Touches(SimDirectory directory) => From == directory || To == directory;

    public void ApplyToDurable()
    {
        if (Removed is not null)
            From!.Durable.Remove(Removed);
        if (Added is not null)
            To!.Durable[Added] = Node!;
    }

    public void ApplyToEntries()
    {
        if (Removed is not null)
            From!.Entries.Remove(Removed);
        if (Added is not null)
            To!.Entries[Added] = Node!;
    }
}
