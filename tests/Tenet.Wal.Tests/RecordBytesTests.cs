using System.Text;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using Tenet.Wal.Records;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

/// <summary>Bytes that real etcd wrote (contract/storage.md, 2.14) against the bytes that the log writes for the same content.</summary>
public class RecordBytesTests
{
    private const ulong NodeId = 0x2e1259d415f2a040;

    private static readonly byte[] NodeMetadata = Bytes("08c0c0caafc1ba96892e1087d5edba8fd59dc104");

    [Fact]
    public void A_fresh_member_writes_what_etcd_writes()
    {
        SimFileSystem disk = NewDisk();
        byte[] change = Bytes("0800100018c0c0caafc1ba96892e224c");
        byte[] member = Encoding.ASCII.GetBytes("""{"id":3319814642761637952,"peerURLs":["http://127.0.0.1:23800"],"name":"n1"}""");
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalPath, NodeMetadata, Options()))
        {
            log.Save(new HardState(1, 0, 1), [new Entry(1, 1, EntryType.ConfChange, (byte[])[.. change, .. member])]);
            log.Save(null, [new Entry(2, 2, EntryType.Normal, default) { Explicit = EntryFields.Type }]);
        }

        byte[] expected =
        [
            .. Bytes("0400000000000084 08041000 00000000"),
            .. Bytes("1d00000000000083 0801108d9cf9161a1408c0c0caafc1ba96892e1087d5edba8fd59dc104 000000"),
            .. Bytes("0e00000000000082 080510878cc58d0d1a0408001000 0000"),
            .. Bytes("6e00000000000082 08021080a28882041a64 080110011801225c"),
            .. change,
            .. member,
            .. Bytes("0000"),
            .. Bytes("1000000000000000 080310fef3d3930d1a06080110001801"),
            .. Bytes("1000000000000000 080210bab98e88021a06080010021802"),
        ];
        Assert.Equal(0xf8, expected.Length);
        byte[] file = disk.ReadFile(WalPath + "/0000000000000000-0000000000000000.wal");
        Assert.Equal(Hex(expected), Hex(file.AsSpan(0, expected.Length)));
        Assert.False(file.AsSpan(expected.Length).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void The_header_of_a_cut_segment_is_what_etcd_writes()
    {
        var encoder = new RecordEncoder(0x46cbc69d);
        encoder.AppendChecksum();
        encoder.AppendMetadata(NodeMetadata);
        encoder.Append(new HardState(2, NodeId, 0x32));

        string expected = """
            0800 0000 0000 0000 0804 109d 8daf b604
            1e00 0000 0000 0082 0801 10e2 d0ef b704
            1a14 08c0 c0ca afc1 ba96 892e 1087 d5ed
            ba8f d59d c104 0000 1800 0000 0000 0000
            0803 1088 a9f4 b702 1a0e 0802 10c0 c0ca
            afc1 ba96 892e 1832
            """;
        Assert.Equal(Hex(Bytes(expected.Replace("\r", "", StringComparison.Ordinal))), Hex(encoder.Bytes));
        Assert.Equal(0x26fd1488u, encoder.Checksum);
    }

    [Fact]
    public void The_first_header_is_what_the_newest_etcd_writes()
    {
        SimFileSystem disk = NewDisk();
        WriteAheadLog.Create(disk, WalPath, "somedata"u8, Options(1024)).Dispose();
        string expected = "04000000000000840804100000000000 120000000000008608011085d4fda0071a08736f6d6564617461000000000000"
            + "0e0000000000008208051080db81c1011a04080010000000";
        Assert.Equal(Hex(Bytes(expected)), Hex(disk.ReadFile(Last(disk)).AsSpan(0, 72)));
    }

    [Fact]
    public void A_snapshot_record_carries_the_membership()
    {
        var encoder = new RecordEncoder(0);
        encoder.Append(new WalSnapshot(11, 2, new ConfState([NodeId])));
        Assert.Equal("080b10021a0c08c0c0caafc1ba96892e2800", Hex(encoder.Bytes[^22..^4]));
        Assert.False(encoder.Bytes[^4..].ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Records_of_every_size_and_with_every_length_of_checksum_are_read_back()
    {
        SimFileSystem disk = NewDisk();
        var saved = new List<Entry>();
        var seen = new SortedSet<int>();
        using (WriteAheadLog log = Create(disk, 4 << 20))
        {
            for (ulong index = 1; index <= 3000; index++)
            {
                Entry entry = TestLog.Entry(index, 1, (int)(index % 300));
                saved.Add(entry);
                log.Save(null, [entry]);
            }
        }

        byte[] file = disk.ReadFile(Last(disk));
        for (int at = 0; file[at] != 0; at += (file[at] + (file[at + 1] << 8) + 15) & ~7)
        {
            int length = 1;
            while (file[at + 10 + length] >= 0x80)
                length++;
            seen.Add(length);
        }

        Assert.Subset(seen, new SortedSet<int> { 1, 4, 5 });
        using WriteAheadLog opened = Open(disk, segmentBytes: 4 << 20).Log;
        opened.Dispose();
        Assert.Equal(saved, Open(disk, segmentBytes: 4 << 20).Entries);
    }
}
