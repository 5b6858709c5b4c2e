namespace Tenet.Samples.FencedLock;

/// <summary>
/// Stands for a resource outside the cluster: a file share, a printer, another database. It takes work only from the newest holder of the lock that it
/// has heard of, so a holder who was suspended and does not know of its loss can do no harm.
/// </summary>
public sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private long _newest;

    /// <summary>What was written.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>Writes a line in the name of a holder; false if a later one has been here.</summary>
    public bool TryWrite(long fencingRevision, string line)
    {
        lock (_gate)
        {
            if (fencingRevision < _newest)
                return false;
            _newest = fencingRevision;
            _lines.Add(line);
            return true;
        }
    }
}
