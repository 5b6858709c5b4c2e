using Tenet.Foundation.Files;

namespace Tenet.Bolt.Files;

/// <summary>
/// One mapping of the file, kept until its last holder lets go. When the file outgrows it, a larger one is made beside it: readers of older
/// snapshots stay on the old, so neither side waits for the other.
/// </summary>
internal sealed class MappingGeneration(IFileMapping mapping)
{
    private int _holders = 1;

    public IFileMapping Mapping => mapping;

    public void Hold() => Interlocked.Increment(ref _holders);

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            mapping.Dispose();
    }
}
