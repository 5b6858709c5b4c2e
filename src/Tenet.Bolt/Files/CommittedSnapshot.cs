using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Files;

/// <summary>A committed state and how many read it. <see cref="Readers"/> is guarded by the database's lock.</summary>
internal sealed class CommittedSnapshot(Meta meta, MappingGeneration generation, string path)
{
    public Meta Meta => meta;

    public MappingGeneration Generation => generation;

    public PageSource Pages { get; } = new(meta, generation.Mapping, path);

    public int Readers { get; set; }
}
