using System.Buffers.Binary;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>One record of bucket <c>key</c> as it stands in a db file (contract/storage.md, 5.2).</summary>
internal static class StoredRecord
{
    private const int RevisionBytes = 17;

    /// <summary>The revision that made the record.</summary>
    public static long MainRevision(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    /// <summary>The event that the record tells of.</summary>
    public static Event Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        KeyValue pair = KeyValue.Parser.ParseFrom(value);
        if (key.Length == RevisionBytes)
            return new Event { Type = Event.Types.EventType.Put, Kv = pair };
        return new Event { Type = Event.Types.EventType.Delete, Kv = new KeyValue { Key = pair.Key, ModRevision = MainRevision(key) } };
    }
}
