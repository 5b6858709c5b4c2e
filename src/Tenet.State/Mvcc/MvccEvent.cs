using Tenet.Protocol.Mvccpb;

namespace Tenet.State.Mvcc;

/// <summary>One change of one key, in the form that watchers are sent. Immutable, so that watchers share it.</summary>
public sealed class MvccEvent
{
    internal MvccEvent(bool isDelete, Revision revision, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> keyValue, long createRevision)
    {
        IsDelete = isDelete;
        Revision = revision;
        Key = key;
        KeyValue = keyValue;
        CreateRevision = createRevision;
    }

    /// <summary>A deletion; a put otherwise.</summary>
    public bool IsDelete { get; }

    /// <summary>When it happened.</summary>
    public Revision Revision { get; }

    /// <summary>The encoded mvccpb.KeyValue of the event: the stored record of a put; key and mod_revision for a deletion.</summary>
    public ReadOnlyMemory<byte> KeyValue { get; }

    /// <summary>When the key was created; 0 for a deletion.</summary>
    public long CreateRevision { get; }

    /// <summary>The user's key.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>A put of a key that was not there.</summary>
    public bool IsCreate => !IsDelete && CreateRevision == Revision.Main;

    /// <summary>The generated message of <see cref="KeyValue"/>.</summary>
    public KeyValue ToKeyValue() => Protocol.Mvccpb.KeyValue.Parser.ParseFrom(KeyValue.Span);

    /// <summary>The event of a put with this record, which is canonical: it begins with the key.</summary>
    internal static MvccEvent Put(Revision revision, ReadOnlyMemory<byte> record, int keyLength, long createRevision) =>
        new(false, revision, record.Slice(KeyValueRecord.KeyOffset(keyLength), keyLength), record, createRevision);

    /// <summary>The event of a deletion.</summary>
    internal static MvccEvent Deletion(Revision revision, ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> record)
    {
        byte[] keyValue = KeyValueRecord.EncodeDeletion(key, revision.Main, out int storedLength);
        record = keyValue.AsMemory(0, storedLength);
        return new MvccEvent(true, revision, record.Slice(KeyValueRecord.KeyOffset(key.Length), key.Length), keyValue, 0);
    }
}
