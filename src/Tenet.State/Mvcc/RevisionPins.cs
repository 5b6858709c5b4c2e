namespace Tenet.State.Mvcc;

/// <summary>
/// The revisions of reads that take the index in more than one slice. A compaction does not prune the index while a read before its
/// revision is under way; new ones cannot come, because they are refused, so the wait ends.
/// </summary>
internal sealed class RevisionPins
{
    private readonly Lock _gate = new();
    private readonly List<long> _pins = [];

    public void Add(long revision)
    {
        lock (_gate)
            _pins.Add(revision);
    }

    public void Remove(long revision)
    {
        lock (_gate)
            _pins.Remove(revision);
    }

    public bool AnyBefore(long revision)
    {
        lock (_gate)
        {
            foreach (long pin in _pins)
            {
                if (pin < revision)
                    return true;
            }

            return false;
        }
    }
}
