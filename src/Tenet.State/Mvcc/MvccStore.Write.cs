using Tenet.Foundation;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <content>What a write transaction does. Apply thread.</content>
public sealed partial class MvccStore
{
    internal MvccEvent WritePut(Revision revision, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease)
    {
        KeyVersion before;
        _indexLock.EnterWriteLock();
        try
        {
            // Readers do not see the revision yet, so the record may follow the index.
            before = _index.Put(key, revision);
            if (before == default)
                _unpublished.Add((key.ToArray(), 1));
        }
        finally
        {
            _indexLock.ExitWriteLock();
        }

        bool isNew = before == default;
        long created = isNew ? revision.Main : before.CreateRevision;
        byte[] record = KeyValueRecord.Encode(key, created, revision.Main, isNew ? 1 : before.Version + 1, value, lease);
        _backend.PutRecord(new StoredRevision(revision, IsTombstone: false), record);
        MvccEvent put = MvccEvent.Put(revision, record, key.Length, created);
        long attached = _leases.LeaseOf(key);
        if (attached == lease)
            return put;
        if (attached != 0)
            _leases.Detach(attached, key);
        if (lease != 0)
        {
            bool exists = _leases.Attach(lease, put.Key);
            Invariant.That(exists, $"a put names lease {lease:x}, which does not exist");
        }

        return put;
    }

    internal MvccEvent? WriteDelete(Revision revision, ReadOnlySpan<byte> key)
    {
        _indexLock.EnterWriteLock();
        try
        {
            if (!_index.Delete(key, revision))
                return null;
            _unpublished.Add((key.ToArray(), -1));
        }
        finally
        {
            _indexLock.ExitWriteLock();
        }

        MvccEvent deletion = MvccEvent.Deletion(revision, key, out ReadOnlyMemory<byte> record);
        _backend.PutRecord(new StoredRevision(revision, IsTombstone: true), record);
        long attached = _leases.LeaseOf(key);
        if (attached != 0)
            _leases.Detach(attached, key);
        return deletion;
    }

    internal void Publish(long revision, List<MvccEvent> events)
    {
        _indexLock.EnterWriteLock();
        try
        {
            Volatile.Write(ref _currentRevision, revision);
            _unpublished.Clear();
        }
        finally
        {
            _indexLock.ExitWriteLock();
        }

        Observer?.Written(revision, events);
    }
}
