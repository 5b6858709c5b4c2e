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
        ArgumentOutOfRangeException.ThrowIfLessThan(operationsPerCommit, 1);
        using var copy = new Copy(target, operationsPerCommit, fillPercent, cancel);
        copy.Run(source.Root);
    }

    private sealed class Copy(BoltDatabase target, int operationsPerCommit, double fillPercent, CancellationToken cancel) : IDisposable
    {
        private readonly List<byte[]> _path = [];
        private BoltWriteTransaction _transaction = target.BeginWrite();
        private int _operations;
        private long _bytes;

        public void Run(BoltBucket root)
        {
            // A committed root may be without buckets; its sequence is copied even then.
            _transaction.Root.Sequence = root.Sequence;
            Fill(root, _transaction.Root);
            _transaction.Commit();
        }

        public void Dispose() => _transaction.Dispose();

        /// <summary>Copies the content of a bucket.</summary>
        /// <returns>The target bucket as it is after the last commit on the way.</returns>
        private BoltBucket Fill(BoltBucket from, BoltBucket to)
        {
            to.FillPercent = fillPercent;
            BoltCursor cursor = from.Cursor();
            while (cursor.Next())
            {
                cancel.ThrowIfCancellationRequested();
                if (_operations >= operationsPerCommit || _bytes >= BytesPerCommit)
                    to = CommitAndReopen();
                _operations++;
                if (cursor.IsBucket)
                {
                    to = FillNested(from, to, cursor.Key.ToArray());
                }
                else
                {
                    _bytes += cursor.Key.Length + cursor.Value.Length;
                    to.Put(cursor.Key, cursor.Value);
                }
            }

            return to;
        }

        private BoltBucket FillNested(BoltBucket from, BoltBucket to, byte[] name)
        {
            BoltBucket nested = from.Bucket(name)!;
            BoltBucket made = to.CreateBucket(name);
            if (nested.Sequence != 0)
                made.Sequence = nested.Sequence;
            _path.Add(name);
            Fill(nested, made);
            _path.RemoveAt(_path.Count - 1);
            return Reopen();
        }

        private BoltBucket CommitAndReopen()
        {
            _transaction.Commit();
            _transaction = target.BeginWrite();
            _operations = 0;
            _bytes = 0;
            return Reopen();
        }

        private BoltBucket Reopen()
        {
            BoltBucket bucket = _transaction.Root;
            foreach (byte[] name in _path)
                bucket = bucket.Bucket(name)!;
            bucket.FillPercent = fillPercent;
            return bucket;
        }
    }
}
