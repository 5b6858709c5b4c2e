using Tenet.Bolt.Inspection;
using Tenet.Bolt.Tests.Support;
using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests;

/// <summary>A file looked at page by page, without a transaction.</summary>
public sealed class InspectionTests
{
    private readonly SimFileSystem _files = new();

    public InspectionTests()
    {
        using BoltDatabase database = _files.Open();
        database.Fill(500);
        database.Fill(500, valueBytes: 120);
    }

    [Fact]
    public void Every_page_of_the_tree_can_be_read_by_its_id()
    {
        using BoltFile file = BoltFile.Open(_files, Databases.Path);
        using BoltDatabase database = _files.Open(Databases.Options with { ReadOnly = true });
        using BoltReadTransaction view = database.BeginRead();
        HashSet<ulong> free = [.. view.FreePages()];
        Assert.Equal(file.HighWater, (ulong)(view.Size / file.PageSize));
        var keys = new List<string>();
        for (ulong id = 2; id < file.HighWater; id++)
        {
            if (free.Contains(id))
                continue;
            BoltPage page = file.ReadPage(id);
            Assert.Equal(id, page.Id);
            for (int i = 0; i < page.Count && page.Type == "leaf"; i++)
            {
                if (page.Item(i) is { IsBucket: false } item)
                    keys.Add(System.Text.Encoding.UTF8.GetString(item.Key.Span));
            }
        }

        Assert.Equal(500, keys.Distinct().Count());
        Assert.Equal(500, keys.Count);
    }

    [Fact]
    public void The_free_pages_of_a_file_opened_for_reading_are_those_that_nothing_refers_to()
    {
        using BoltDatabase database = _files.Open(Databases.Options with { ReadOnly = true });
        using BoltReadTransaction view = database.BeginRead();
        IReadOnlyList<ulong> free = view.FreePages();
        Assert.NotEmpty(free);
        Assert.Equal((ulong)free.Count, view.Check().UnreachedPages);
    }

    [Fact]
    public void A_damaged_meta_page_is_shown_with_what_is_wrong()
    {
        _files.FlipBit(Databases.Path, 16 + 48, 0);
        using BoltFile file = BoltFile.Open(_files, Databases.Path);
        Assert.Equal(16 + 56, file.Meta(0).Defect!.Offset);
        Assert.Null(file.Meta(1).Defect);
        Assert.Equal(4096U, file.Meta(0).PageSize);
        Assert.Equal(file.Meta(1).HighWater, file.HighWater);
    }

    [Fact]
    public void Another_page_in_the_place_and_the_end_of_the_file_are_told()
    {
        _files.FlipBit(Databases.Path, 3 * 4096, 5);
        using BoltFile file = BoltFile.Open(_files, Databases.Path);
        Assert.Equal(3 * 4096, Assert.Throws<CorruptionException>(() => file.ReadPage(3)).Offset);
        Assert.Throws<CorruptionException>(() => file.ReadPage(1_000_000));
        Assert.Equal(4096, file.ReadBytes(3).Length);
    }

    [Fact]
    public void Without_a_lock_a_file_in_use_can_be_read()
    {
        using BoltDatabase writer = _files.Open();
        BoltOptions patient = Databases.Options with { ReadOnly = true, LockTimeout = TimeSpan.Zero };
        Assert.Throws<TimeoutException>(() => _files.Open(patient));
        using BoltDatabase reader = _files.Open(patient with { WithoutLock = true });
        Assert.Empty(reader.Problems());
        Assert.Throws<InvalidOperationException>(reader.BeginWrite);
    }

    [Fact]
    public void A_check_may_begin_at_a_page_and_problems_name_theirs()
    {
        ulong leaf;
        using (BoltFile file = BoltFile.Open(_files, Databases.Path))
        using (BoltDatabase database = _files.Open(Databases.Options with { ReadOnly = true }))
        using (BoltReadTransaction view = database.BeginRead())
            leaf = Enumerable.Range(2, (int)file.HighWater - 2).Select(static id => (ulong)id).Except(view.FreePages()).First(id => file.ReadPage(id) is { Type: "leaf", Count: > 5 });
        _files.FlipBit(Databases.Path, (long)leaf * 4096 + 8, 4);
        using BoltDatabase damaged = _files.Open(Databases.Options with { ReadOnly = true });
        using BoltReadTransaction found = damaged.BeginRead();
        BoltProblem problem = Assert.Single(found.Check(leaf).Found);
        Assert.Equal((leaf, (long)leaf * 4096), (problem.Page, problem.Offset));
        Assert.Equal($"page ID (1) out of range [2, {found.Size / 4096})", Assert.Single(found.Check(1).Problems));
    }
}
