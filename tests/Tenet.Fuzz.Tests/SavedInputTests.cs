using System.Buffers;
using Google.Protobuf;
using Tenet.Bolt;
using Tenet.Bolt.Pages;
using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Fuzz.Worlds;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Apply;
using Tenet.State.Mvcc;
using Tenet.Wal;

namespace Tenet.Fuzz.Tests;

/// <summary>Inputs that once found something.</summary>
public class SavedInputTests
{
    [Theory]
    [InlineData("0a0161", "0affffffff07")]
    [InlineData("0a0161", "1affffffff07")]
    [InlineData("", "12fbffffff07")]
    public void A_length_of_nearly_two_gibibytes_is_a_message_cut_off(string before, string field)
    {
        // Txn: compares, operations of either branch. The generated reader's position overflowed, and it ran out of its buffer.
        byte[] bytes = [.. Convert.FromHexString("0a030a0161"), .. Convert.FromHexString(before), .. Convert.FromHexString(field)];
        Assert.Throws<InvalidProtocolBufferException>(() => ProtobufCodec<TxnRequest>.Instance.Read(new ReadOnlySequence<byte>(bytes)));
        Assert.Throws<InvalidProtocolBufferException>(() => ProtobufCodec<TxnRequest>.Instance.Read(Pieces(bytes)));
    }

    [Fact]
    public void An_entry_with_such_a_length_is_named_as_one_that_cannot_be_read() =>
        Assert.Throws<UnsupportedEntryException>(() => EntryDecoder.Decode(Convert.FromHexString("08079a45ffffffff07"), 7));

    [Fact]
    public void A_field_number_of_thirty_bits_is_no_field()
    {
        byte[] record = Convert.FromHexString("0a0d7573657241000000000000000080808080100220ffffffff0f");
        Assert.False(KeyValueRecord.TryRead(record, out _));
        Assert.Throws<InvalidProtocolBufferException>(() => Tenet.Protocol.Mvccpb.KeyValue.Parser.ParseFrom(record));
    }

    [Fact]
    public void A_list_of_free_pages_that_names_a_page_in_use_is_refused_before_anything_is_written_over_it()
    {
        SimFileSystem disk = new();
        BoltOptions options = new() { NoFreelistSync = false, PageSize = 4096 };
        using (BoltDatabase database = BoltDatabase.Open(disk, "/db", options))
        {
            for (int round = 0; round < 3; round++)
            {
                using BoltWriteTransaction write = database.BeginWrite();
                write.CreateBucketIfMissing("b"u8).Put([(byte)round], new byte[3000]);
                write.Commit();
            }
        }

        byte[] bytes = disk.ReadFile("/db");
        Meta meta = Enumerable.Range(0, 2).Select(page => Meta.TryRead(bytes.AsSpan(page * 4096, 4096), out Meta read, out _) ? read : default).MaxBy(static one => one.TxId);
        BitConverter.GetBytes(meta.Root).CopyTo(bytes, (int)meta.Freelist * 4096 + 16);
        disk.WriteFile("/db", bytes);
        CorruptionException refused = Assert.Throws<CorruptionException>(() => BoltDatabase.Open(disk, "/db", options));
        Assert.Equal(("/db", (long)meta.Freelist * 4096, $"page {meta.Root}"), (refused.File, refused.Offset, refused.Found));
    }

    [Fact]
    public void A_log_cut_off_between_two_frames_places_is_repaired_once()
    {
        const string Folder = "/data/wal";
        WalOptions options = new() { SegmentBytes = 8192 };
        for (int cut = 1; cut < 60; cut++)
        {
            SimFileSystem disk = new();
            disk.CreateDirectory("/data");
            using (WriteAheadLog log = WriteAheadLog.Create(disk, Folder, "me"u8, options))
                log.Save(new HardState(1, 1, 1), [new Entry(1, 1, EntryType.Normal, new byte[10]), new Entry(1, 2, EntryType.Normal, new byte[40])]);
            string path = $"{Folder}/{disk.List(Folder)[0]}";
            byte[] whole = disk.ReadFile(path);
            int end = whole.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            disk.WriteFile(path, whole.AsSpan(0, end - cut));
            WalRecovery torn = WriteAheadLog.Open(disk, Folder, WalSnapshot.Beginning, options);
            using (torn.Log)
                torn.Log.Save(new HardState(2, 1, 1), []);
            WalRecovery again = WriteAheadLog.Open(disk, Folder, WalSnapshot.Beginning, options);
            again.Log.Dispose();
            Assert.False(again.Repaired, $"cut {cut} bytes off");
            Assert.Equal(2ul, again.HardState.Term);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lone_member_whose_log_ends_before_what_it_has_applied_does_not_start(bool missing)
    {
        SimFileSystem disk = Targets.RestartTarget.Make();
        const string Folder = "/data/member/wal";
        string path = $"{Folder}/{disk.List(Folder).Last(static name => name.EndsWith(".wal", StringComparison.Ordinal))}";
        if (missing)
            disk.DeleteFile(path);
        else
            disk.WriteFile(path, disk.ReadFile(path).AsSpan(0, 1000));
        Exception refused = Assert.ThrowsAny<Exception>(() => Targets.RestartTarget.Start(disk));
        Assert.Contains(missing ? "write-ahead log (/data/member/wal) of the database (/data/member/snap/db, index " : "/data/member/wal is corrupt at offset 0: expected entries up to index ", refused.Message, StringComparison.Ordinal);
    }

    private static ReadOnlySequence<byte> Pieces(byte[] bytes)
    {
        Piece first = new(bytes.AsMemory(0, 3), 0);
        Piece second = new(bytes.AsMemory(3), 3);
        first.Link(second);
        return new ReadOnlySequence<byte>(first, 0, second, bytes.Length - 3);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public void Link(Piece next) => Next = next;
    }
}
