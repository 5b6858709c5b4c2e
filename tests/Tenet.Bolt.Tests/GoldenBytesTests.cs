using System.Buffers.Binary;
using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>Bytes as bbolt writes them (contract/storage.md, 4.2 to 4.5 and 7.1).</summary>
public sealed class GoldenBytesTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void A_new_file_has_two_metas_an_empty_freelist_and_an_empty_root()
    {
        _files.Open().Dispose();
        byte[] file = _files.ReadAll();

        Assert.Equal(4 * 4096, file.Length);
        AssertPage(
            file.Page(1),
            "0100000000000000 0400000000000000",
            "edda0ced02000000 0010000000000000",
            "0300000000000000 0000000000000000",
            "0200000000000000 0400000000000000",
            "0100000000000000 0f4879511a354c26");
        Assert.StartsWith("000000000000000004000000", Hex(file.Page(0)), StringComparison.Ordinal);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(64)));
        AssertPage(file.Page(2), "0200000000000000 1000000000000000");
        AssertPage(file.Page(3), "0300000000000000 0200000000000000");
    }

    [Fact]
    public void A_live_meta_without_a_stored_freelist()
    {
        byte[] page = new byte[4096];
        new Pages.Meta(4096, Root: 2, Sequence: 0, Pages.Meta.NoFreelist, HighWater: 5, TxId: 8).WritePage(page, 0);
        Assert.Equal("0200000000000000" + "0000000000000000" + "ffffffffffffffff" + "0500000000000000" + "0800000000000000" + "0c7d32988aa330b7", Hex(page.AsSpan(32..80)));
    }

    [Fact]
    public void The_root_leaf_of_a_fresh_etcd_holds_ten_inline_buckets()
    {
        using BoltDatabase database = _files.Open();
        database.Write(transaction =>
        {
            foreach (string name in (string[])["key", "meta", "lease", "alarm", "cluster", "members", "members_removed", "auth", "authUsers", "authRoles"])
                transaction.CreateBucket(Databases.Bytes(name));
            transaction.Bucket("auth"u8)!.Put("authRevision"u8, [0, 0, 0, 0, 0, 0, 0, 1]);
        });

        byte[] page = _files.ReadAll().Page((int)database.BeginRead().Root.RootPage);
        Assert.Equal("02000a0000000000", Hex(page.AsSpan(8..16)));
        Assert.Equal("01000000a00000000500000020000000", Hex(page.AsSpan(0x10..0x20)));
        Assert.Equal("01000000b50000000400000044000000", Hex(page.AsSpan(0x20..0x30)));
        Assert.Equal(Hex("alarm"u8) + "00000000000000000000000000000000" + "00000000000000000200000000000000", Hex(page.AsSpan(0xb0..0xd5)));
        Assert.Equal(Hex("auth"u8) + "00000000000000000000000000000000" + "00000000000000000200010000000000", Hex(page.AsSpan(0xd5..0xf9)));
        Assert.Equal("00000000100000000c00000008000000" + Hex("authRevision"u8) + "0000000000000001", Hex(page.AsSpan(0xf9..0x11d)));
    }

    [Fact]
    public void Two_large_values_share_a_leaf_with_continuation_pages()
    {
        using BoltDatabase database = _files.Open();
        database.Write(transaction =>
        {
            BoltBucket bucket = transaction.CreateBucket("key"u8);
            for (ulong revision = 2; revision < 4; revision++)
                bucket.Put(Revision(revision), new byte[0x155cce]);
        });

        using BoltReadTransaction view = database.BeginRead();
        ulong root = view.Bucket("key"u8)!.RootPage;
        byte[] page = _files.ReadAll().Page((int)root);
        Assert.Equal($"{Hex(LittleEndian(root))}" + "02000200ab020000", Hex(page.AsSpan(..16)));
        Assert.Equal("000000002000000011000000ce5c1500", Hex(page.AsSpan(16..32)));
        Assert.Equal("00000000ef5c150011000000ce5c1500", Hex(page.AsSpan(32..48)));
        Assert.Equal("00000000000000025f0000000000000000", Hex(page.AsSpan(48..65)));
    }

    [Fact]
    public void A_branch_page_names_the_first_key_of_each_leaf()
    {
        using BoltDatabase database = _files.Open();
        database.Write(transaction =>
        {
            BoltBucket bucket = transaction.CreateBucket("key"u8);
            bucket.FillPercent = 0.9;
            for (ulong revision = 2; revision < 2 + 320; revision++)
                bucket.Put(Revision(revision), new byte[57]);
        });

        using BoltReadTransaction view = database.BeginRead();
        ulong root = view.Bucket("key"u8)!.RootPage;
        byte[] file = _files.ReadAll();
        byte[] page = file.Page((int)root);
        Assert.Equal("0100080000000000", Hex(page.AsSpan(8..16)));
        for (int i = 0; i < 8; i++)
        {
            byte[] element = page.AsSpan(16 + 16 * i, 16).ToArray();
            ulong child = BinaryPrimitives.ReadUInt64LittleEndian(element.AsSpan(8));
            Assert.Equal($"{0x80 + i:x2}00000011000000", Hex(element.AsSpan(..8)));
            byte[] leaf = file.Page((int)child);
            Assert.Equal(40, leaf[10]);
            Assert.Equal(Hex(page.AsSpan((0x90 + 17 * i)..(0x90 + 17 * (i + 1)))), Hex(leaf.AsSpan((16 + 40 * 16)..(16 + 40 * 16 + 17))));
        }
    }

    [Fact]
    public void A_short_freelist_counts_in_its_header()
    {
        using BoltDatabase database = _files.Open(Databases.Options with { NoFreelistSync = false });
        database.Write(transaction => transaction.CreateBucket("a"u8));
        // Root 3 and freelist 2 were replaced by 4 and 5.
        AssertPage(_files.ReadAll().Page(5), "0500000000000000 1000020000000000", "0200000000000000 0300000000000000");
    }

    [Fact]
    public void A_long_freelist_counts_in_its_body()
    {
        BoltOptions options = Databases.Options with { NoFreelistSync = false, PageSize = 1024, Strict = false };
        using (BoltDatabase database = _files.Open(options))
        {
            database.Write(transaction => transaction.CreateBucket("a"u8).Put("k"u8, new byte[66_000 * 1024]));
            database.Write(transaction => transaction.Bucket("a"u8)!.Delete("k"u8));
            Assert.Empty(database.Problems());
        }

        byte[] file = _files.ReadAll();
        using (BoltDatabase database = _files.Open(options))
        {
            using BoltReadTransaction view = database.BeginRead();
            int page = (int)view.Snapshot.Meta.Freelist;
            byte[] head = file.Page(page, 1024);
            ulong count = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(16));
            Assert.True(count >= 66_000, $"{count} ids");
            Assert.Equal("1000ffff", Hex(head.AsSpan(8..12)));
            Assert.Equal((16 + 8 * ((uint)count + 1)) / 1024, BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(12)));
            Assert.Empty(view.Check().Problems);
        }
    }

    [Fact]
    public void A_snapshot_image_carries_its_state_in_both_metas()
    {
        using BoltDatabase database = _files.Open();
        for (int i = 0; i < 6; i++)
            database.Fill(30, from: 30 * i);
        using BoltReadTransaction view = database.BeginRead();
        var image = new MemoryStream();
        view.WriteImage(image);
        byte[] bytes = image.ToArray();

        Assert.Equal(view.Size, bytes.Length);
        Assert.Equal(7UL, view.TxId);
        AssertMeta(bytes.Page(0), 0, 7);
        AssertMeta(bytes.Page(1), 1, 6);
        Assert.Equal(_files.ReadAll().AsSpan(8192, bytes.Length - 8192).ToArray(), bytes[8192..]);
        Assert.Equal(view.Snapshot.Meta with { TxId = 6 }, Read(bytes.Page(1)));

        _files.WriteAll(bytes, "/image");
        using BoltDatabase opened = BoltDatabase.Open(_files, "/image", Databases.Options);
        Assert.Equal(database.Describe(), opened.Describe());
        opened.Fill(10, from: 500);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(4096)]
    [InlineData(5000)]
    public void A_snapshot_image_can_be_read_in_chunks_of_any_size(int chunk)
    {
        using BoltDatabase database = _files.Open(Databases.Options with { PageSize = 1024 });
        database.Fill(50);
        using BoltReadTransaction view = database.BeginRead();
        var image = new MemoryStream();
        view.WriteImage(image);

        byte[] whole = new byte[view.ImageLength];
        int total = 0;
        byte[] buffer = new byte[chunk];
        for (int read = view.ReadImage(0, buffer); read > 0; read = view.ReadImage(total, buffer))
        {
            buffer.AsSpan(0, read).CopyTo(whole.AsSpan(total));
            total += read;
        }

        Assert.Equal(whole.Length, total);
        Assert.Equal(image.ToArray(), whole);
    }

    [Fact]
    public void A_file_that_grew_has_the_length_that_bbolt_gives_it()
    {
        // With 10 GiB mapped, growth goes in steps of 16 MiB beyond what is needed; a small map is filled.
        using (BoltDatabase database = _files.Open(Databases.Options with { InitialMapBytes = 10L << 30 }))
        {
            database.Fill(1);
            Assert.Equal(16_777_216 + (database.Size + 4096), _files.ReadAll().Length);
        }

        var small = new SimFileSystem();
        using (BoltDatabase database = small.Open())
        {
            database.Fill(1);
            Assert.Equal(32_768, small.ReadAll().Length);
        }
    }

    private static void AssertMeta(byte[] page, ulong id, ulong txId)
    {
        Assert.Equal(id, BinaryPrimitives.ReadUInt64LittleEndian(page));
        Assert.Equal(txId, Read(page).TxId);
    }

    private static Pages.Meta Read(byte[] page)
    {
        Assert.True(Pages.Meta.TryRead(page, out Pages.Meta meta, out _));
        return meta;
    }

    private static void AssertPage(byte[] page, params string[] lines)
    {
        string expected = string.Concat(lines).Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(expected, Hex(page)[..expected.Length]);
        Assert.DoesNotContain(page[(expected.Length / 2)..], static value => value != 0);
    }

    private static byte[] Revision(ulong main)
    {
        byte[] key = new byte[17];
        BinaryPrimitives.WriteUInt64BigEndian(key, main);
        key[8] = (byte)'_';
        return key;
    }

    private static byte[] LittleEndian(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
