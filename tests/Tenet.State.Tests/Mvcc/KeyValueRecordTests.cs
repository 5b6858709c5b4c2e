using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

public class KeyValueRecordTests
{
    [Fact]
    public void It_encodes_byte_for_byte_as_the_generated_message()
    {
        var random = new SeededRandom(9);
        for (int i = 0; i < 2000; i++)
        {
            var message = new KeyValue
            {
                Key = RandomBytes(random),
                CreateRevision = RandomNumber(random),
                ModRevision = RandomNumber(random),
                Version = RandomNumber(random),
                Value = RandomBytes(random),
                Lease = RandomNumber(random),
            };
            byte[] record = KeyValueRecord.Encode(
                message.Key.Span, message.CreateRevision, message.ModRevision, message.Version, message.Value.Span, message.Lease);
            Assert.Equal(message.ToByteArray(), record);
            Assert.True(KeyValueRecord.TryRead(record, out KeyValueFields fields));
            Assert.Equal(message.Key.Span, fields.Key);
            Assert.Equal(message.Value.Span, fields.Value);
            Assert.Equal(
                (message.CreateRevision, message.ModRevision, message.Version, message.Lease),
                (fields.CreateRevision, fields.ModRevision, fields.Version, fields.Lease));
        }
    }

    [Fact]
    public void Bytes_that_are_no_message_are_refused_wherever_they_end()
    {
        byte[] record = KeyValueRecord.Encode("some key"u8, 5, 300, 70000, "some value"u8, 12345);
        var random = new SeededRandom(1);
        for (int length = 0; length < record.Length; length++)
        {
            bool expected = TryParse(record.AsSpan(0, length));
            Assert.Equal(expected, KeyValueRecord.TryRead(record.AsSpan(0, length), out _));
        }

        var garbage = new byte[20];
        for (int i = 0; i < 5000; i++)
        {
            random.Fill(garbage);
            KeyValueRecord.TryRead(garbage.AsSpan(0, random.Next(21)), out _);
        }
    }

    [Fact]
    public void A_deletions_event_has_the_modified_revision_and_its_record_has_not()
    {
        MvccEvent deletion = MvccEvent.Deletion(new Revision(300, 2), "gone"u8, out ReadOnlyMemory<byte> record);
        Assert.Equal(new KeyValue { Key = ByteString.CopyFromUtf8("gone"), ModRevision = 300 }, deletion.ToKeyValue());
        Assert.Equal(new KeyValue { Key = ByteString.CopyFromUtf8("gone") }.ToByteArray(), record.ToArray());
        Assert.Equal("gone"u8.ToArray(), deletion.Key.ToArray());
    }

    [Fact]
    public void Revisions_are_stored_as_etcd_stores_them()
    {
        Span<byte> stored = stackalloc byte[18];
        Assert.Equal(17, new Revision(9, 1).Write(stored));
        Assert.Equal("00000000000000095F0000000000000001", Convert.ToHexString(stored[..17]));
        Assert.Equal(18, new Revision(9, 2).Write(stored, tombstone: true));
        Assert.Equal("00000000000000095F000000000000000274", Convert.ToHexString(stored));
        Assert.True(Revision.TryRead(stored, out Revision revision, out bool tombstone));
        Assert.Equal((new Revision(9, 2), true), (revision, tombstone));
        foreach (string bad in new[] { "", "00", "00000000000000095E0000000000000001", "00000000000000095F000000000000000275", "FF000000000000095F0000000000000001" })
            Assert.False(Revision.TryRead(Convert.FromHexString(bad), out _, out _));
    }

    private static bool TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            KeyValue.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static ByteString RandomBytes(SeededRandom random)
    {
        var bytes = new byte[random.Chance(0.2) ? 0 : random.Next(300)];
        random.Fill(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static long RandomNumber(SeededRandom random) => random.Next(4) switch
    {
        0 => 0,
        1 => (long)random.NextUInt64(),
        _ => (long)(random.NextUInt64() >> random.Next(1, 63)),
    };
}
