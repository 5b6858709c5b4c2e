using System.Buffers.Binary;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

/// <summary>
/// Every damage of a small kind to a short log, against a naive reading of contract/storage.md, 2.9 and 2.11: what is lost in a power cut is cut off,
/// what has changed is refused. Where Tenet refuses more than etcd the test says which bytes.
/// </summary>
public class DamageTests
{
    private readonly SimFileSystem _disk = NewDisk();
    private readonly string _path;
    private readonly byte[] _intact;
    private readonly List<Frame> _frames;

    public DamageTests()
    {
        using (WriteAheadLog log = Create(_disk, 8192))
        {
            log.Save(new HardState(1, 9, 0), Entries(1, 2));
            log.Save(new HardState(1, 9, 1), [TestLog.Entry(3, bytes: 700)]);
            log.SaveSnapshot(Snapshot(2));
            log.Save(new HardState(2, 9, 3), [TestLog.Entry(4, term: 2, bytes: 30), TestLog.Entry(5, term: 2, bytes: 1200), TestLog.Entry(6, term: 2, bytes: 5)]);
            log.Save(new HardState(2, 9, 4), [TestLog.Entry(7, term: 2, bytes: 600)]);
        }

        _path = Last(_disk);
        _intact = _disk.ReadFile(_path);
        _frames = Frames(_intact);
        Assert.Equal(15, _frames.Count);
    }

    private int End => _frames[^1].End;

    [Fact]
    public void A_log_cut_off_at_any_byte_is_repaired_to_its_last_whole_record()
    {
        // Without the metadata there is no log.
        int first = _frames[1].End;
        for (int length = first; length <= End; length++)
        {
            byte[] cut = _intact[..length];
            int whole = _frames.Count(frame => frame.End <= length);
            bool torn = _frames[whole - 1].End != length;
            Check(cut, new Verdict(Outcome.Read, whole, torn));
        }

        for (int length = 0; length < first; length++)
            Refused(_intact[..length], $"cut to {length}");
    }

    [Fact]
    public void A_sector_that_never_arrived_ends_the_log_before_its_first_record()
    {
        // The first sector was durable when the log got its name.
        for (int sector = 1; sector <= End / 512; sector++)
        {
            byte[] damaged = [.. _intact];
            damaged.AsSpan(sector * 512, 512).Clear();
            Verdict verdict = Judge(damaged);
            Assert.Equal(Outcome.Read, verdict.Outcome);
            Assert.Equal(_frames.Count(frame => frame.End <= sector * 512), verdict.Records);
            Check(damaged, verdict);
        }
    }

    [Fact]
    public void Any_sectors_of_the_last_writes_may_be_missing()
    {
        int first = _frames[6].Start / 512 + 1;
        int last = End / 512;
        for (int missing = 1; missing < 1 << (last - first + 1); missing++)
        {
            byte[] damaged = [.. _intact];
            for (int sector = first; sector <= last; sector++)
            {
                if ((missing >> (sector - first) & 1) != 0)
                    damaged.AsSpan(sector * 512, 512).Clear();
            }

            Check(damaged, Judge(damaged));
        }
    }

    [Fact]
    public void A_flipped_bit_is_refused_with_file_and_offset_unless_it_lies_in_padding()
    {
        for (int at = 0; at < End; at++)
        {
            Frame frame = _frames.First(candidate => at < candidate.End);
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. _intact];
                damaged[at] ^= (byte)(1 << bit);
                string what = $"bit {bit} of byte {at} (byte {at - frame.Start} of record {_frames.IndexOf(frame)})";
                if (at >= frame.RecordEnd)
                {
                    Check(damaged, new Verdict(Outcome.Read, _frames.Count, Torn: false));
                    continue;
                }

                // The one damage that cannot be told from content: the last record, a hard state of term 2, reads as the empty ConfChangeV2 entry.
                if (frame == _frames[^1] && at == frame.Start + 9 && bit == 0)
                    continue;

                CorruptionException refused = Refused(damaged, what);
                Assert.Equal(_path, refused.File);
                Assert.True(refused.Offset <= frame.End + 600, $"{what}: {refused.Message}");
            }
        }
    }

    [Fact]
    public void What_etcd_refuses_is_refused()
    {
        int refusals = 0;
        for (int at = 0; at < End; at += 3)
        {
            for (int value = 1; value < 256; value += 41)
            {
                byte[] damaged = [.. _intact];
                damaged[at] ^= (byte)value;
                if (Judge(damaged).Outcome != Outcome.Refuse)
                    continue;
                refusals++;
                Refused(damaged, $"byte {at} xor {value}");
            }
        }

        Assert.True(refusals > 1000);
    }

    [Fact]
    public void Damage_in_a_segment_that_is_not_the_last_is_never_repaired()
    {
        using (WalReopened opened = new(_disk))
            opened.Log.Save(null, Entries(8, 60, term: 2, bytes: 200));
        string first = $"{WalPath}/{_disk.List(WalPath)[0]}";
        Assert.NotEqual(first, Last(_disk));
        byte[] whole = _disk.ReadFile(first);
        foreach (Frame frame in Frames(whole))
        {
            foreach (int length in new[] { frame.Start + 3, frame.Start + 9, frame.End - 1 })
            {
                _disk.WriteFile(first, whole.AsSpan(0, length));
                CorruptionException refused = Assert.Throws<CorruptionException>(() => Open(_disk, segmentBytes: 8192));
                Assert.Equal(first, refused.File);
            }

            // A whole record less is found by the next segment, which continues another checksum.
            _disk.WriteFile(first, whole.AsSpan(0, frame.Start));
            if (frame.Start > 0)
                Assert.Throws<CorruptionException>(() => Open(_disk, segmentBytes: 8192));
        }

        byte[] zeroed = [.. whole];
        zeroed.AsSpan(1024, 512).Clear();
        _disk.WriteFile(first, zeroed);
        Assert.Throws<CorruptionException>(() => Open(_disk, segmentBytes: 8192));
        Assert.DoesNotContain(_disk.List(WalPath), name => name.EndsWith(".broken", StringComparison.Ordinal));
    }

    [Fact]
    public void The_segment_as_it_was_is_kept_and_the_torn_end_never_comes_back()
    {
        byte[] damaged = [.. _intact];
        int lost = _frames[12].Start / 512 + 1;
        damaged.AsSpan(lost * 512, 512).Clear();
        _disk.WriteFile(_path, damaged);
        _disk.WriteFile(_path + ".broken", new byte[20_000]);
        using (WalReopened opened = new(_disk))
        {
            Assert.True(opened.Found.Repaired);
            Assert.Equal(damaged, _disk.ReadFile(_path + ".broken"));
            byte[] repaired = _disk.ReadFile(_path);
            Assert.Equal(damaged.Length, repaired.Length);
            int end = Frames(repaired)[^1].End;
            Assert.False(repaired.AsSpan(end).ContainsAnyExcept((byte)0));
            opened.Log.Save(new HardState(3, 9, 4), Entries(opened.Log.LastIndex + 1, opened.Log.LastIndex + 1, term: 3));
        }

        WalRecovery again = Open(_disk, segmentBytes: 8192);
        Assert.False(again.Repaired);
        Assert.Equal(new HardState(3, 9, 4), again.HardState);
        Assert.Equal(3ul, again.Entries[^1].Term);
    }

    [Fact]
    public void Stale_bytes_after_a_lost_sector_disappear_at_opening()
    {
        byte[] damaged = [.. _intact];
        int lost = (_frames[^1].Start / 512 + 1) * 512;
        Frame before = _frames.Last(frame => frame.End <= lost);
        damaged.AsSpan(before.End, lost - before.End).Clear();
        _disk.WriteFile(_path, damaged);
        using (WalReopened opened = new(_disk))
            Assert.False(opened.Found.Repaired);
        Assert.False(_disk.ReadFile(_path).AsSpan(before.End).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_last_segment_without_records_gets_its_header_again_and_one_with_records_but_no_header_is_refused()
    {
        using (WalReopened opened = new(_disk))
            opened.Log.Save(null, Entries(8, 40, term: 2, bytes: 200));
        string last = Last(_disk);
        Assert.NotEqual(_path, last);
        byte[] header = _disk.ReadFile(last);
        int records = Frames(header)[^1].End;
        for (int length = 0; length < 48; length++)
        {
            _disk.WriteFile(last, header.AsSpan(0, length));
            using (WalReopened opened = new(_disk))
                Assert.Equal(40, opened.Found.Entries.Count);
            byte[] again = _disk.ReadFile(last);
            Assert.True(again.AsSpan(0, Math.Min(records, again.Length)).SequenceEqual(header.AsSpan(0, Math.Min(records, again.Length))), $"cut to {length}");
        }

        _disk.WriteFile(last, header);
        using (WalReopened opened = new(_disk))
            opened.Log.Save(null, Entries(41, 44, term: 2, bytes: 400));
        byte[] used = _disk.ReadFile(last);
        used.AsSpan(0, 512).Clear();
        _disk.WriteFile(last, used);
        Assert.Equal(last, Assert.Throws<CorruptionException>(() => Open(_disk, segmentBytes: 8192)).File);
    }

    [Fact]
    public void Reading_without_a_lock_goes_as_far_as_a_torn_log_goes()
    {
        _disk.WriteFile(_path, _intact.AsSpan(0, _frames[^1].End - 100));
        Assert.Equal(new HardState(2, 9, 3), WriteAheadLog.Verify(_disk, WalPath, WalSnapshot.Beginning));
        Assert.Equal(2, WriteAheadLog.ValidSnapshots(_disk, WalPath).Count);
        Assert.DoesNotContain(_disk.List(WalPath), name => name.EndsWith(".broken", StringComparison.Ordinal));
    }

    private void Check(byte[] file, Verdict verdict)
    {
        SimFileSystem disk = _disk.Clone();
        disk.WriteFile(_path, file);
        Assert.Equal(Outcome.Read, verdict.Outcome);
        WalRecovery found = Open(disk, segmentBytes: 8192);
        Assert.Equal(verdict.Torn, found.Repaired);
        Assert.Equal(Expected(verdict.Records), Describe(found));
        if (verdict.Torn)
            Assert.Equal(file, disk.ReadFile(_path + ".broken"));
    }

    private CorruptionException Refused(byte[] file, string what)
    {
        SimFileSystem disk = _disk.Clone();
        disk.WriteFile(_path, file);
        Exception? outcome = Record.Exception(() => Open(disk, segmentBytes: 8192));
        Assert.True(outcome is CorruptionException, $"{what}: {outcome?.ToString() ?? "opened"}");
        Assert.Equal(file, disk.ReadFile(_path));
        return (CorruptionException)outcome!;
    }

    /// <summary>What the first records of the intact log add up to, from what was saved.</summary>
    private string Expected(int records)
    {
        var entries = new List<Entry>();
        var state = default(HardState);
        foreach (Frame frame in _frames[..records])
        {
            ReadOnlyMemory<byte> data = _intact.AsMemory(frame.DataStart, frame.RecordEnd - frame.DataStart);
            if (frame.Type == 2)
                entries.Add(Raft.Wire.RaftCodec.ReadEntry(data));
            else if (frame.Type == 3)
                state = Raft.Wire.RaftCodec.ReadHardState(data);
        }

        string text = $"{Hex(Metadata)} {state}\n";
        foreach (Entry entry in entries)
            text += $"{entry.Index}/{entry.Term}/{entry.Type} {Hex(entry.Data.Span)}\n";
        return text;
    }

    /// <summary>etcd's verdict over a log of one segment.</summary>
    private static Verdict Judge(byte[] file)
    {
        int at = 0;
        int records = 0;
        uint running = 0;
        while (at < file.Length)
        {
            if (file.Length - at < 8)
                return new Verdict(Outcome.Read, records, Torn: true);
            ulong header = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            if (header == 0)
                break;
            long size = (long)(header & 0x00ffffffffffffff);
            int padding = (header >> 63) != 0 ? (int)(header >> 56 & 7) : 0;
            if (size + padding > file.Length - at - 8)
                return new Verdict(Outcome.Read, records, Torn: true);
            Span<byte> body = file.AsSpan(at + 8, (int)size + padding);
            bool good = TryParse(body[..(int)size], out int type, out uint checksum, out byte[] data);
            if (good && type != 4)
            {
                good = Crc32C.Update(running, data) == checksum;
                running = good ? checksum : running;
            }
            else if (good)
            {
                if (running != 0 && running != checksum)
                    return new Verdict(Outcome.Refuse, 0, false);
                running = checksum;
            }

            if (!good)
                return HasZeroPiece(body, at + 8) ? new Verdict(Outcome.Read, records, Torn: true) : new Verdict(Outcome.Refuse, 0, false);
            records++;
            at += 8 + (int)size + padding;
        }

        return new Verdict(Outcome.Read, records, Torn: false);
    }

    private static bool HasZeroPiece(ReadOnlySpan<byte> body, int offset)
    {
        for (int i = 0; i < body.Length;)
        {
            int count = Math.Min(512 - (offset + i) % 512, body.Length - i);
            if (!body.Slice(i, count).ContainsAnyExcept((byte)0))
                return true;
            i += count;
        }

        return false;
    }

    private static bool TryParse(ReadOnlySpan<byte> record, out int type, out uint checksum, out byte[] data)
    {
        type = 0;
        checksum = 0;
        data = [];
        var fields = new Records.ProtoFields(record);
        while (fields.Next())
        {
            if (fields is { Field: 1, HoldsBytes: false })
                type = (int)fields.Number;
            else if (fields is { Field: 2, HoldsBytes: false })
                checksum = (uint)fields.Number;
            else if (fields is { Field: 3, HoldsBytes: true })
                data = record.Slice(fields.Start, fields.Length).ToArray();
        }

        return fields.Malformed is null && type is >= 1 and <= 5;
    }

    private static List<Frame> Frames(byte[] file)
    {
        var frames = new List<Frame>();
        for (int at = 0; at + 8 <= file.Length;)
        {
            ulong header = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            if (header == 0)
                break;
            int size = (int)(header & 0xffffffff);
            int end = at + 8 + (size + 7 & ~7);
            Assert.True(TryParse(file.AsSpan(at + 8, size), out int type, out _, out byte[] data));
            frames.Add(new Frame(at, at + 8 + size, end, type, at + 8 + size - data.Length));
            at = end;
        }

        return frames;
    }

    private enum Outcome
    {
        Read,
        Refuse,
    }

    private sealed record Verdict(Outcome Outcome, int Records, bool Torn);

    private sealed record Frame(int Start, int RecordEnd, int End, int Type, int DataStart);

    private sealed class WalReopened(SimFileSystem disk) : IDisposable
    {
        public WalRecovery Found { get; } = Open(disk, segmentBytes: 8192);

        public WriteAheadLog Log => Found.Log;

        public void Dispose() => Log.Dispose();
    }
}
