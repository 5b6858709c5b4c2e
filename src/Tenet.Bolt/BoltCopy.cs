namespace Tenet.Bolt;

/// <summary>
/// Copies a state of one database into another, empty one, in steps of bounded size, each of them one durable transaction. Between two steps
/// nothing is held but the source's view.
/// </summary>
/// <remarks>One thread at a time. The source must not be disposed before the last step. After a step that threw there is no other.</remarks>
public sealed class BoltCopy
{
    private readonly BoltDatabase _target;
    private readonly double _fillPercent;
    private readonly ulong _rootSequence;
    private readonly List<byte[]> _path = [];

    // One cursor for each bucket that is being copied, the outermost first; the names below the root are in _path.
    private readonly Stack<(BoltBucket Bucket, BoltCursor Cursor)> _open = new();

    /// <summary>Begins a copy; nothing is written yet.</summary>
    /// <param name="source">The state to copy.</param>
    /// <param name="target">An empty database; it keeps its own options and page size.</param>
    /// <param name="fillPercent">How full pages are made; 0.9 is what etcd's defragmentation uses.</param>
    public BoltCopy(BoltReadTransaction source, BoltDatabase target, double fillPercent = 0.9)
    {
        _target = target;
        _fillPercent = fillPercent;
        _rootSequence = source.Root.Sequence;
        _open.Push((source.Root, source.Root.Cursor()));
    }

    /// <summary>Records and buckets copied so far.</summary>
    public long Operations { get; private set; }

    /// <summary>Copies the next records, in key order, in one transaction.</summary>
    /// <param name="operations">Records and buckets at most.</param>
    /// <param name="bytes">Bytes of keys and values after which the transaction ends.</param>
    /// <param name="cancel">Ends the copy between two records; the step's transaction is dropped.</param>
    /// <returns>Whether anything is left to copy.</returns>
    /// <exception cref="InvalidOperationException">A bucket of the source exists in the target, or the copy has ended already.</exception>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public bool Step(int operations, long bytes, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(operations, 1);
        if (_open.Count == 0)
            throw new InvalidOperationException("the copy is complete");
        using BoltWriteTransaction transaction = _target.BeginWrite();

        // A committed root may be without buckets; its sequence is copied even then.
        transaction.Root.Sequence = _rootSequence;
        BoltBucket to = Reopen(transaction);
        while (operations > 0 && bytes > 0 && _open.TryPeek(out (BoltBucket Bucket, BoltCursor Cursor) from))
        {
            cancel.ThrowIfCancellationRequested();
            if (!from.Cursor.Next())
            {
                _open.Pop();
                if (_open.Count == 0)
                    break;
                _path.RemoveAt(_path.Count - 1);
                to = Reopen(transaction);
                continue;
            }

            operations--;
            Operations++;
            if (from.Cursor.IsBucket)
            {
                to = Enter(from.Bucket, to, from.Cursor.Key.ToArray());
            }
            else
            {
                bytes -= from.Cursor.Key.Length + from.Cursor.Value.Length;
                to.Put(from.Cursor.Key, from.Cursor.Value);
            }
        }

        transaction.Commit();
        return _open.Count > 0;
    }

    private BoltBucket Enter(BoltBucket from, BoltBucket to, byte[] name)
    {
        BoltBucket nested = from.Bucket(name)!;
        BoltBucket made = to.CreateBucket(name);
        if (nested.Sequence != 0)
            made.Sequence = nested.Sequence;
        made.FillPercent = _fillPercent;
        _path.Add(name);
        _open.Push((nested, nested.Cursor()));
        return made;
    }

    private BoltBucket Reopen(BoltWriteTransaction transaction)
    {
        BoltBucket bucket = transaction.Root;
        foreach (byte[] name in _path)
            bucket = bucket.Bucket(name)!;
        bucket.FillPercent = _fillPercent;
        return bucket;
    }
}
