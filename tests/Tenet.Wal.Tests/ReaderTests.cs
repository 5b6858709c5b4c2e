using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using Tenet.Wal.Reading;

namespace Tenet.Wal.Tests;

/// <summary>A log looked at record by record.</summary>
public sealed class ReaderTests
{
    private readonly SimFileSystem _disk = TestLog.NewDisk();

    public ReaderTests()
    {
        using WriteAheadLog log = TestLog.Create(_disk, segmentBytes: 1024);
        for (ulong index = 1; index <= 40; index++)
            log.Save(new HardState(1, 1, index - 1), [TestLog.Entry(index)]);
        log.SaveSnapshot(TestLog.Snapshot(30));
    }

    [Fact]
    public void Records_come_in_order_with_their_places()
    {
        IReadOnlyList<WalSegment> segments = WalSegment.Of(_disk, TestLog.WalPath);
        Assert.True(segments.Count > 2);
        var entries = new List<ulong>();
        int metadata = 0;
        WalSnapshot? last = null;
        using WalReader reader = WalReader.Open(_disk, segments);
        while (reader.Next(out WalRecord record))
        {
            switch (record.Kind)
            {
                case WalRecordKind.Entry:
                    entries.Add(record.ReadEntry().Index);
                    break;
                case WalRecordKind.Metadata:
                    metadata++;
                    break;
                case WalRecordKind.Snapshot:
                    last = record.ReadSnapshot();
                    break;
                case WalRecordKind.State:
                    Assert.Equal(1UL, record.ReadHardState().Term);
                    break;
            }
        }

        Assert.Equal(Enumerable.Range(1, 40).Select(static index => (ulong)index), entries);
        Assert.Equal(segments.Count, metadata);
        Assert.Equal(30UL, last!.Index);
        Assert.False(reader.IsTorn);
        Assert.Equal(segments[^1].Path, reader.Path);
    }

    [Fact]
    public void Reading_takes_no_lock_and_may_begin_at_any_segment()
    {
        using WriteAheadLog held = TestLog.Open(_disk, segmentBytes: 1024).Log;
        IReadOnlyList<WalSegment> segments = WalSegment.Of(_disk, TestLog.WalPath);
        using WalReader reader = WalReader.Open(_disk, [.. segments.Skip(1)]);
        Assert.True(reader.Next(out WalRecord first));
        Assert.Equal((WalRecordKind.Metadata, segments[1].Path), (first.Kind, first.Path));
    }

    [Fact]
    public void A_torn_end_and_damage_are_told_apart()
    {
        string last = TestLog.Last(_disk);
        byte[] bytes = _disk.ReadFile(last);
        int end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        _disk.WriteFile(last, bytes.AsSpan(0, end - 2));
        using (WalReader reader = WalReader.Open(_disk, WalSegment.Of(_disk, TestLog.WalPath)))
        {
            while (reader.Next(out _))
                Assert.False(reader.IsTorn);
            Assert.True(reader.IsTorn);
            Assert.True(reader.IsLastSegment);
            Assert.InRange(reader.Offset, 1, end);
        }

        IReadOnlyList<WalSegment> segments = WalSegment.Of(_disk, TestLog.WalPath);
        _disk.FlipBit(segments[1].Path, 100, 3);
        using WalReader damaged = WalReader.Open(_disk, segments);
        CorruptionException damage = Assert.Throws<CorruptionException>(() =>
        {
            while (damaged.Next(out _))
                Assert.NotNull(damaged.Path);
        });
        Assert.Equal(segments[1].Path, damage.File);
    }
}
