using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.State.Backends;

/// <summary>
/// The file as of one commit, shared by all reads that began before the next. The last one to leave ends the read transaction, and with it
/// a database that a defragmentation has replaced.
/// </summary>
/// <remarks>Many threads look keys up in its buckets at once: on a committed state that reads pages and changes nothing. Cursors are one read's own.</remarks>
internal sealed class CommittedState
{
    private readonly BoltReadTransaction _transaction;
    private readonly BoltBucket?[] _buckets = new BoltBucket?[BucketNames.Count];
    private readonly BoltDatabase _database;
    private bool _closesDatabase;
    private Action<IFile>? _takesFile;
    private int _references = 1;

    public CommittedState(BoltDatabase database)
    {
        _database = database;
        _transaction = database.BeginRead();
        for (int i = 0; i < BucketNames.Count; i++)
            _buckets[i] = _transaction.Bucket(BucketNames.Of((Bucket)i));
    }

    public BoltReadTransaction Transaction => _transaction;

    public BoltBucket? Bucket(Bucket bucket) => _buckets[(int)bucket];

    public void Acquire()
    {
        int references = Interlocked.Increment(ref _references);
        Invariant.That(references > 1, $"a read began on a state of the file that nobody holds any more");
    }

    /// <summary>The database is no longer in use once this state is not.</summary>
    /// <param name="takesFile">Who gets its file then; null if it is to be closed.</param>
    public void CloseDatabaseWithIt(Action<IFile>? takesFile = null)
    {
        _takesFile = takesFile;
        _closesDatabase = true;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
            return;
        _transaction.Dispose();
        if (_closesDatabase)
            _database.DisposeInto(_takesFile);
    }
}
