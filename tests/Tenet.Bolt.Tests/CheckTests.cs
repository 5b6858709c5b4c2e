using System.Buffers.Binary;
using Tenet.Bolt.Tests.Support;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>Each message of the consistency check, shown by a damaged file (contract/storage.md, 4.10).</summary>
public sealed class CheckTests
{
    private const int PageSize = 4096;

    private readonly SimFileSystem _files = new();
    private readonly byte[] _file;
    private readonly int _branch;
    private readonly int _freelist;
    private readonly int[] _leaves;

    /// <summary>A file with a stored free list and a bucket "b" whose root branch has several leaves.</summary>
    public CheckTests()
    {
        using (BoltDatabase database = _files.Open(Databases.Options with { NoFreelistSync = false }))
        {
            database.Fill(200);
            database.Write(transaction => transaction.Bucket("b"u8)!.Delete("k00100"u8));
            using BoltReadTransaction view = database.BeginRead();
            _branch = (int)view.Bucket("b"u8)!.RootPage;
            _freelist = (int)view.Snapshot.Meta.Freelist;
        }

        _file = _files.ReadAll();
        Span<byte> branch = At(_branch);
        _leaves = new int[BinaryPrimitives.ReadUInt16LittleEndian(branch[10..])];
        for (int i = 0; i < _leaves.Length; i++)
            _leaves[i] = (int)BinaryPrimitives.ReadUInt64LittleEndian(branch[(16 + 16 * i + 8)..]);
        Assert.True(_leaves.Length > 3);
        Assert.Empty(Problems());
    }

    [Fact]
    public void Already_freed()
    {
        ulong id = FreeId(0);
        SetFreeId(1, id);
        Assert.Contains($"page {id}: already freed", Problems());
    }

    [Fact]
    public void Out_of_bounds()
    {
        SetChild(1, 9999);
        Assert.Contains(Problems(), problem => problem.StartsWith("page 9999: out of bounds: ", StringComparison.Ordinal)
            && problem.EndsWith($"(stack: [{_branch} 9999])", StringComparison.Ordinal));
    }

    [Fact]
    public void A_free_page_out_of_bounds()
    {
        SetFreeId(FreeCount - 1, 5555);
        Assert.Contains(Problems(), static problem => problem.StartsWith("page 5555: out of bounds: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Multiple_references()
    {
        SetChild(1, (ulong)_leaves[0]);
        Assert.Contains($"page {_leaves[0]}: multiple references (stack: [{_branch} {_leaves[0]}])", Problems());
    }

    [Fact]
    public void Reachable_freed()
    {
        SetFreeId(0, (ulong)_leaves[2]);
        Assert.Contains($"page {_leaves[2]}: reachable freed", Problems());
    }

    [Theory]
    [InlineData(0x10, "freelist")]
    [InlineData(0x04, "meta")]
    [InlineData(0x03, "unknown<03>")]
    public void Invalid_type(byte flags, string name)
    {
        At(_leaves[1])[8] = flags;
        Assert.Contains($"page {_leaves[1]}: invalid type: {name} (stack: [{_branch} {_leaves[1]}])", Problems());
    }

    [Fact]
    public void Unreachable_unfreed()
    {
        ulong last = FreeId(FreeCount - 1);
        BinaryPrimitives.WriteUInt16LittleEndian(At(_freelist)[10..], (ushort)(FreeCount - 1));
        Assert.Equal([$"page {last}: unreachable unfreed"], Problems());
    }

    [Fact]
    public void The_first_key_below_its_branch_key()
    {
        byte[] below = SetKey(_leaves[1], 0, -1);
        Assert.Contains(Problems(), problem => problem.StartsWith(
            $"the first key[0]=(hex){Convert.ToHexStringLower(below)} on leaf page({_leaves[1]}) needs to be >= the key in the ancestor (", StringComparison.Ordinal)
            && problem.EndsWith($"Stack: [{_branch} {_leaves[1]}]", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_out_of_order()
    {
        byte[] below = SetKey(_leaves[1], 3, -3);
        Assert.Contains(Problems(), problem => problem.StartsWith(
            $"key[3]=(hex){Convert.ToHexStringLower(below)} on leaf page({_leaves[1]}) needs to be > (found <) than previous element (hex)", StringComparison.Ordinal));
    }

    [Fact]
    public void Equal_keys()
    {
        byte[] same = SetKey(_leaves[1], 3, -1);
        string hex = Convert.ToHexStringLower(same);
        Assert.Contains(
            $"key[3]=(hex){hex} on leaf page({_leaves[1]}) needs to be > (found =) than previous element (hex){hex}. Stack: [{_branch} {_leaves[1]}]",
            Problems());
    }

    [Fact]
    public void A_key_not_below_the_next_branch_key()
    {
        int last = BinaryPrimitives.ReadUInt16LittleEndian(At(_leaves[1])[10..]) - 1;
        byte[] above = SetKey(_leaves[1], last, 2);
        Assert.Contains(Problems(), problem => problem.StartsWith(
            $"key[{last}]=(hex){Convert.ToHexStringLower(above)} on leaf page({_leaves[1]}) needs to be < than key of the next element in ancestor (hex)", StringComparison.Ordinal)
            && problem.EndsWith($"Pages stack: [{_branch} {_leaves[1]}]", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_page_in_the_place_of_a_leaf()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(At(_leaves[1]), 7777);
        Assert.Contains(Problems(), problem => problem.StartsWith($"page {_leaves[1]}: /db is corrupt at offset {_leaves[1] * PageSize}: expected page {_leaves[1]}, found page 7777", StringComparison.Ordinal));
    }

    [Fact]
    public void An_element_that_points_outside_its_page()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(At(_leaves[1])[(16 + 12)..], 0x7FFFFFFF);
        Assert.Contains(Problems(), problem => problem.StartsWith($"page {_leaves[1]}: /db is corrupt at offset", StringComparison.Ordinal));
    }

    [Fact]
    public void Pages_that_refer_to_each_other_in_a_circle()
    {
        SetChild(1, (ulong)_branch);
        Assert.Contains($"page {_branch}: multiple references (stack: [{_branch} {_branch}])", Problems());
    }

    [Fact]
    public void A_meta_page_with_a_foreign_header()
    {
        At(0)[8] = 0x02;
        Assert.Contains("page 0: not a meta page but page 0 of type leaf", Problems());
    }

    [Fact]
    public void Everything_wrong_is_reported_at_once()
    {
        SetKey(_leaves[1], 3, -1);
        SetKey(_leaves[3], 4, -2);
        SetFreeId(0, (ulong)_leaves[2]);
        Assert.True(Problems().Count >= 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Old_snapshots_are_checked_while_the_writer_goes_on(bool noFreelistSync)
    {
        var files = new SimFileSystem();
        using BoltDatabase database = files.Open(Databases.Options with { NoFreelistSync = noFreelistSync });
        database.Fill(200);
        using BoltReadTransaction old = database.BeginRead();
        Assert.True(old.Check().FreePagesCompared);
        for (int i = 0; i < 5; i++)
            database.Fill(200, valueBytes: 50 * i);
        using BoltWriteTransaction writing = database.BeginWrite();
        writing.Bucket("b"u8)!.Put("k00001"u8, "in the making"u8);
        using BoltReadTransaction newest = database.BeginRead();

        Assert.True(old.Check().IsSound, old.Check().ToString());
        // Only a stored list outlives the commits after it.
        Assert.Equal(!noFreelistSync, old.Check().FreePagesCompared);
        Assert.True(newest.Check().IsSound && newest.Check().FreePagesCompared);
        Assert.True(writing.Check().IsSound);
    }

    [Fact]
    public void A_damaged_free_list_is_refused_for_writing()
    {
        SetFreeId(1, FreeId(0));
        _files.WriteAll(_file);
        var damage = Assert.Throws<Tenet.Foundation.CorruptionException>(() => _files.Open());
        Assert.Equal("/db", damage.File);
        Assert.Equal(_freelist * PageSize, damage.Offset);
    }

    [Fact]
    public void A_damaged_tree_is_refused_for_writing_when_the_free_list_has_to_be_found_by_walking()
    {
        var files = new SimFileSystem();
        int branch;
        using (BoltDatabase database = files.Open())
        {
            database.Fill(200);
            using BoltReadTransaction view = database.BeginRead();
            branch = (int)view.Bucket("b"u8)!.RootPage;
        }

        byte[] file = files.ReadAll();
        file.AsSpan(branch * PageSize + 16 + 8, 8).CopyTo(file.AsSpan(branch * PageSize + 32 + 8));
        files.WriteAll(file);
        Assert.Throws<Tenet.Foundation.CorruptionException>(() => files.Open());
    }

    [Fact]
    public void Reading_a_damaged_page_says_where()
    {
        At(_leaves[1])[8] = 0x10;
        _files.WriteAll(_file);
        using BoltDatabase database = _files.Open(Databases.Options with { ReadOnly = true });
        using BoltReadTransaction view = database.BeginRead();
        var damage = Assert.Throws<Tenet.Foundation.CorruptionException>(() => ModelBucket.Read(view));
        Assert.Equal((long)_leaves[1] * PageSize, damage.Offset);
        Assert.Equal("a branch or leaf page", damage.Expected);
        Assert.Equal("page type freelist", damage.Found);
    }

    private int FreeCount => BinaryPrimitives.ReadUInt16LittleEndian(At(_freelist)[10..]);

    private Span<byte> At(int page) => _file.AsSpan(page * PageSize, PageSize);

    private ulong FreeId(int index) => BinaryPrimitives.ReadUInt64LittleEndian(At(_freelist)[(16 + 8 * index)..]);

    private void SetFreeId(int index, ulong id) => BinaryPrimitives.WriteUInt64LittleEndian(At(_freelist)[(16 + 8 * index)..], id);

    private void SetChild(int index, ulong page) => BinaryPrimitives.WriteUInt64LittleEndian(At(_branch)[(16 + 16 * index + 8)..], page);

    /// <summary>Adds to the number in a key.</summary>
    private byte[] SetKey(int page, int index, int change)
    {
        Span<byte> element = At(page)[(16 + 16 * index)..];
        int position = (int)BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        Span<byte> key = element.Slice(position, (int)BinaryPrimitives.ReadUInt32LittleEndian(element[8..]));
        int number = int.Parse(System.Text.Encoding.UTF8.GetString(key[1..]), System.Globalization.CultureInfo.InvariantCulture);
        Databases.Bytes($"k{number + change:d5}").CopyTo(key);
        return key.ToArray();
    }

    private IReadOnlyList<string> Problems()
    {
        _files.WriteAll(_file);
        using BoltDatabase database = _files.Open(Databases.Options with { ReadOnly = true });
        return database.Problems();
    }
}
