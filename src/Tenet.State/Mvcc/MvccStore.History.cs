using Tenet.Protocol.Errors;
using Tenet.State.Backends;

namespace Tenet.State.Mvcc;

/// <content>History by revision, for watchers that catch up.</content>
public sealed partial class MvccStore
{
    /// <summary>
    /// Events of whole revisions from <paramref name="fromRevision"/> (at least 1) to the present, stopping after about
    /// <paramref name="maxBytes"/> of records. Any thread.
    /// </summary>
    /// <returns>Compacted if the revision is before the compact revision. A future revision gives an empty page.</returns>
    public Outcome<HistoryPage> ReadHistory(long fromRevision, long maxBytes)
    {
        using ReadView view = OpenView();
        if (fromRevision < view.CompactRevision)
            return EtcdErrors.Compacted;
        List<MvccEvent> events = [];
        if (fromRevision > view.CurrentRevision)
            return new HistoryPage(events, fromRevision);
        var start = new byte[Revision.KeyLength];
        new Revision(fromRevision, 0).Write(start);
        BackendCursor cursor = view.Read.Scan(Bucket.Key, start);
        long bytes = 0;
        while (cursor.MoveNext())
        {
            (Revision revision, bool tombstone) = ReadStoredRevision(cursor.Key);
            if (revision.Main > view.CurrentRevision)
                break;
            if (bytes >= maxBytes && revision.Main != events[^1].Revision.Main)
                return new HistoryPage(events, revision.Main);
            events.Add(ReadEvent(revision, tombstone, cursor.Value));
            bytes += cursor.Value.Length;
        }

        return new HistoryPage(events, view.CurrentRevision + 1);
    }

    private MvccEvent ReadEvent(Revision revision, bool tombstone, ReadOnlySpan<byte> stored)
    {
        if (!KeyValueRecord.TryRead(stored, out KeyValueFields fields))
            ReadUserKey(stored, revision);
        if (tombstone)
            return MvccEvent.Deletion(revision, fields.Key, out _);

        // Stored records are canonical, whoever wrote them; one that were not would not begin with its key.
        byte[] record = stored[..Math.Min(stored.Length, KeyValueRecord.KeyOffset(fields.Key.Length) + fields.Key.Length)].EndsWith(fields.Key)
            ? stored.ToArray()
            : KeyValueRecord.Encode(fields.Key, fields.CreateRevision, fields.ModRevision, fields.Version, fields.Value, fields.Lease);
        return MvccEvent.Put(revision, record, fields.Key.Length, fields.CreateRevision);
    }
}
