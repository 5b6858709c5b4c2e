using Tenet.Protocol.Errors;
using Tenet.State.Backends;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <content>The hash over history (contract/storage.md, 6.6).</content>
public sealed partial class MvccStore
{
    /// <summary>The hash over history up to a revision (0: now). Any thread. A finished compaction's own hash is answered from its cache.</summary>
    public Outcome<HashKvResult> HashKv(long revision)
    {
        if (revision != 0 && _hashes.Find(revision) is { } cached)
            return cached;
        long compact;
        KeyIndex index;
        BackendRead read;
        _indexLock.EnterReadLock();
        try
        {
            compact = _compactRevision;
            if (revision > 0 && revision < compact)
                return EtcdErrors.Compacted;
            if (revision > _currentRevision)
                return EtcdErrors.FutureRevision;
            if (revision == 0)
                revision = _currentRevision;
            _pins.Add(revision);
            index = _index;
            read = _backend.OpenRead();
        }
        finally
        {
            _indexLock.ExitReadLock();
        }

        try
        {
            return HashKvResult.Of(HashHistory(index, read, revision, compact), compact, revision);
        }
        finally
        {
            read.Dispose();
            _pins.Remove(revision);
        }
    }

    private uint HashHistory(KeyIndex index, BackendRead read, long revision, long compact)
    {
        // Of what was compacted, the records that still count at the revision are hashed. Where none does, etcd hashes whatever is left there,
        // which is what the compaction keeps once it is finished: a compaction under way must not show in the hash.
        long keptAt = compact >= 0 && KeepsAny(index, revision) ? revision : compact;
        HistoryHash hash = HistoryHash.Empty;
        BackendCursor cursor = read.Scan(Bucket.Key, []);
        while (cursor.MoveNext())
        {
            (Revision at, bool tombstone) = ReadStoredRevision(cursor.Key);
            if (at.Main > revision)
                break;
            bool isDropped = at.Main <= compact && !CountsAsKept(index, ReadUserKey(cursor.Value, at), at, keptAt);
            hash = hash.Add(cursor.Key, cursor.Value, at, tombstone, compact, isDropped);
        }

        return hash.Value;
    }

    private bool CountsAsKept(KeyIndex index, ReadOnlySpan<byte> key, Revision revision, long at)
    {
        _indexLock.EnterReadLock();
        try
        {
            return index.TryChoose(key, at, out CompactionChoice choice) && choice.HasKept && !choice.KeptEndsGeneration
                && choice.Kept == revision;
        }
        finally
        {
            _indexLock.ExitReadLock();
        }
    }

    private bool KeepsAny(KeyIndex index, long at)
    {
        byte[]? next = [];
        while (next != null)
        {
            _indexLock.EnterReadLock();
            try
            {
                if (index.KeepsAny(next, at, SliceKeys, out next))
                    return true;
            }
            finally
            {
                _indexLock.ExitReadLock();
            }
        }

        return false;
    }
}
