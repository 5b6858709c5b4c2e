namespace Tenet.Bolt;

/// <summary>Copies a database into a new file without its free space.</summary>
public static class BoltCompaction
{
    private const long BytesPerCommit = 8 << 20;

    /// <summary>
    /// Copies every bucket, in key order, into an empty database. A commit after each <paramref name="operationsPerCommit"/> records, or
    /// 8 MiB of them, bounds the memory.
    /// </summary>
    /// <param name="source">The state to copy.</param>
    /// <param name="target">An empty database; it keeps its own options and page size.</param>
    /// <param name="operationsPerCommit">Records in one transaction.</param>
    /// <param name="fillPercent">How full pages are made; 0.9 is what etcd's defragmentation uses.</param>
    /// <param name="cancel">Ends the copy between two records.</param>
    /// <exception cref="InvalidOperationException">A bucket of the source exists in the target.</exception>
    public static void CopyTo(
        BoltReadTransaction source,
        BoltDatabase target,
        int operationsPerCommit = 10_000,
        double fillPercent = 0.9,
        CancellationToken cancel = default)
    {
        var copy = new BoltCopy(source, target, fillPercent);
        while (copy.Step(operationsPerCommit, BytesPerCommit, cancel))
        {
            // Until all is copied.
        }
    }
}
