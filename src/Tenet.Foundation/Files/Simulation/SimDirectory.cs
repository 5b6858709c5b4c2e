namespace Tenet.Foundation.Files.Simulation;

/// <summary>A directory twice: as programs see it, and as the medium holds it. Guarded by the lock of its file system.</summary>
internal sealed class SimDirectory : SimNode
{
    public SortedDictionary<string, SimNode> Entries { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimNode> Durable { get; } = new(StringComparer.Ordinal);

    public override void MakeDurable()
    {
        Durable.Clear();
        foreach ((string name, SimNode node) in Entries)
        {
            Durable.Add(name, node);
            node.MakeDurable();
        }
    }
}
