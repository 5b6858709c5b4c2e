using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.State.Mvcc;

namespace Tenet.State.Backends;

/// <summary>
/// A defragmentation under way (contract/storage.md, 6.8, without its standstill). <see cref="Step"/> copies a view of the file into another
/// one, and then, round by round, what batches have changed meanwhile, each round from a newer view. Once what is missing is little,
/// <see cref="Switch"/> copies that too between two commits and gives the copy the file's name.
/// </summary>
/// <remarks>
/// <para>
/// Steps, switch and disposal belong to one thread, which need not be the one that commits; reads, writes and commits go on. Every commit of the copy is
/// synced, so at the switch nothing is left to be made durable but the name. Until the rename the old file stands under its name with all
/// that was committed, and so does the new one from then on; what lies beside them after a crash is removed at the next opening.
/// </para>
/// <para>Disposing it before the switch leaves everything as it was. After it, it lets go of the old file, which may take a while: nobody waits for it.</para>
/// </remarks>
public sealed class BackendDefragmentation : IDisposable
{
    /// <summary>Operations that may be left for the switch: some milliseconds' worth.</summary>
    private const long RestOperationsMax = 1_000;

    /// <summary>Bytes that may be left for the switch.</summary>
    private const long RestBytesMax = 1 << 20;

    /// <summary>After so many rounds the rest is taken as it is: the disk writes as fast as the copy, and it will not become less.</summary>
    private const int RoundsMax = 64;

    private const double FillPercent = 0.9;

    private readonly Backend _backend;
    private readonly BoltDatabase _copy;
    private readonly BoltCopy _first;
    private readonly string _path;
    private CommittedState _view;
    private MissedChanges _missed = new();
    private MissedChanges? _round;
    private byte[] _lastRecord = [];
    private bool _firstIsDone;
    private bool _changesAreCopied;
    private bool _hasSwitched;
    private bool _isDisposed;
    private int _rounds;
    private volatile bool _isObsolete;

    internal BackendDefragmentation(Backend backend, CommittedState view, BoltDatabase copy)
    {
        _backend = backend;
        _view = view;
        _copy = copy;
        _path = copy.Path;
        _first = new BoltCopy(view.Transaction, copy, FillPercent);
    }

    /// <summary>The file was replaced or closed: this copy is of no use any more.</summary>
    public bool IsObsolete => _isObsolete;

    /// <summary>Copies more of what is missing, in one durable transaction. Not to be called after it returned false, nor once obsolete.</summary>
    /// <param name="operations">Records at most.</param>
    /// <param name="bytes">Bytes after which the step ends.</param>
    /// <returns>False if so little is left that the switch can begin.</returns>
    /// <exception cref="IOException">The copy cannot be written; the file is as it was.</exception>
    public bool Step(int operations, long bytes)
    {
        if (!_firstIsDone)
        {
            _firstIsDone = !_first.Step(operations, bytes);
            if (_firstIsDone)
                _lastRecord = LastRecord(_view);
            return true;
        }

        if (_round is null && !TryBeginRound())
            return false;
        if (!CopyRound(operations, bytes))
            _round = null;
        return true;
    }

    /// <summary>Copies the rest and puts the copy in the place of the file, between two commits. Writes and reads go on.</summary>
    /// <returns>False if it has become obsolete: nothing has happened.</returns>
    /// <exception cref="IOException">
    /// It cannot be done. Either the file is as it was, or the backend writes nothing any more and the member must stop.
    /// </exception>
    public bool Switch() => _backend.Switch(this);

    /// <summary>Calls it off if it has not switched, and lets go of the files that are not needed.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _backend.Forget(this);
        _view.Release();
        if (_hasSwitched)
            return;
        _copy.Dispose();
        _backend.RemoveCopy(_path);
    }

    /// <summary>The copy's database.</summary>
    internal BoltDatabase Copy => _copy;

    /// <summary>A batch has been committed to the file. Within the backend's commit gate.</summary>
    internal void OnCommitted(SealedBatch batch) => _missed.Add(batch);

    internal void BecomeObsolete() => _isObsolete = true;

    /// <summary>The copy is the backend's file now and no longer this object's to close.</summary>
    internal void OnSwitched() => _hasSwitched = true;

    /// <summary>All that is missing, in one go. Within the backend's commit gate, so that nothing is missed meanwhile.</summary>
    internal void CopyRest(CommittedState current)
    {
        Invariant.That(_firstIsDone && _round is null, $"a copy of the file is switched to before it is complete");
        TakeView(current);
        _round = _missed;
        _missed = new MissedChanges();
        if (_round.IsEmpty)
            return;
        bool more = CopyRound(int.MaxValue, long.MaxValue);
        Invariant.That(!more, $"the rest of a copy did not end");
    }

    private static byte[] LastRecord(CommittedState view)
    {
        BoltCursor? cursor = view.Bucket(Bucket.Key)?.Cursor();
        return cursor?.Last() == true ? cursor.Key.ToArray() : [];
    }

    private bool TryBeginRound()
    {
        CommittedState? current = _backend.TakeMissed(() =>
        {
            if (_missed is { Operations: <= RestOperationsMax, Bytes: <= RestBytesMax } || _rounds == RoundsMax)
                return false;
            _round = _missed;
            _missed = new MissedChanges();
            return true;
        });
        if (current is null)
            return false;
        _rounds++;
        _view.Release();
        _view = current;
        return true;
    }

    private void TakeView(CommittedState current)
    {
        current.Acquire();
        _view.Release();
        _view = current;
    }

    /// <returns>Whether records of this round are left.</returns>
    private bool CopyRound(int operations, long bytes)
    {
        using BoltWriteTransaction transaction = _copy.BeginWrite();
        if (!_changesAreCopied)
            CopyChanges(transaction, _round!);
        bool more = CopyNewRecords(transaction, operations, bytes);
        transaction.Commit();
        _changesAreCopied = more;
        return more;
    }

    /// <summary>What a view holds under keys that have changed, whatever the changes were. Doing it twice does no harm.</summary>
    private void CopyChanges(BoltWriteTransaction transaction, MissedChanges round)
    {
        for (int i = 0; i < BucketNames.Count; i++)
        {
            if (round.Changed((Bucket)i) is not { } changed)
                continue;
            BoltBucket target = transaction.CreateBucketIfMissing(BucketNames.Of((Bucket)i));
            BoltBucket? source = _view.Bucket((Bucket)i);
            foreach (byte[] key in changed)
            {
                if (source != null && source.TryGet(key, out ReadOnlySpan<byte> value))
                    target.Put(key, value);
                else
                    target.Delete(key);
            }
        }

        if (round.Deleted.Count == 0)
            return;
        BoltBucket records = transaction.CreateBucketIfMissing(BucketNames.Of(Bucket.Key));
        Span<byte> bytes = stackalloc byte[Revision.TombstoneKeyLength];
        foreach (StoredRevision deleted in round.Deleted)
            records.Delete(bytes[..deleted.Write(bytes)]);
    }

    private bool CopyNewRecords(BoltWriteTransaction transaction, int operations, long bytes)
    {
        if (_view.Bucket(Bucket.Key)?.Cursor() is not { } cursor)
            return false;
        bool any = cursor.Seek(_lastRecord);
        if (any && cursor.Key.SequenceEqual(_lastRecord))
            any = cursor.Next();
        if (!any)
            return false;
        BoltBucket target = transaction.CreateBucketIfMissing(BucketNames.Of(Bucket.Key));
        target.FillPercent = FillPercent;
        for (; any && operations > 0 && bytes > 0; any = cursor.Next())
        {
            target.Put(cursor.Key, cursor.Value);
            operations--;
            bytes -= cursor.Key.Length + cursor.Value.Length;
            _lastRecord = cursor.Key.ToArray();
        }

        return any;
    }
}
