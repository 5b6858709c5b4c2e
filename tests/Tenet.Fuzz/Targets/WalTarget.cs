using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Raft;
using Tenet.Wal;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// Write-ahead logs of one segment and of several. A damaged one is refused, or opened with entries that were written and no others; what is opened takes new
/// entries and can be opened again. One turned bit never loses anything in silence.
/// </summary>
internal sealed class WalTarget : FuzzTarget
{
    private const string Folder = "/data/member/wal";
    private const int SegmentBytes = 8192;

    private readonly (SimFileSystem Disk, Dictionary<ulong, List<Entry>> Written, ulong LastIndex)[] _logs = [Make(1), Make(2), Make(3)];

    public override string Summary => "segments of the log: damaged, cut off, missing, exchanged";

    public override int CasesInTests => 2500;

    public override void Run(SeededRandom random)
    {
        (SimFileSystem sound, Dictionary<ulong, List<Entry>> written, ulong lastIndex) = _logs[random.Next(_logs.Length)];
        SimFileSystem disk = sound.Clone();
        string[] segments = [.. disk.List(Folder).Where(static name => name.EndsWith(".wal", StringComparison.Ordinal))];
        string path = $"{Folder}/{segments[random.Next(segments.Length)]}";
        bool oneBit = false;
        bool inPadding = false;
        switch (random.Next(12))
        {
            case 0:
                disk.DeleteFile(path);
                break;
            case 1:
                disk.WriteFile(path, disk.ReadFile($"{Folder}/{segments[random.Next(segments.Length)]}"));
                break;
            case 2:
                disk.Rename(path, $"{Folder}/{(ulong)random.Next(4):x16}-{(ulong)random.Next(40):x16}.wal");
                break;
            case 3:
                disk.WriteFile(path, []);
                break;
            case <= 6:
                byte[] bytes = disk.ReadFile(path);
                byte[] used = bytes[..UsedBytes(bytes)];
                byte[] flipped = ByteMutator.FlipBit(random, used, out int at);
                disk.WriteFile(path, [.. flipped, .. bytes[used.Length..]]);
                oneBit = true;
                // A zero may be the padding of a frame, which nothing is lost with.
                inPadding = used[at] == 0;
                break;
            default:
                byte[] whole = disk.ReadFile(path);
                byte[] records = whole[..UsedBytes(whole)];
                disk.WriteFile(path, random.Chance(0.5) ? ByteMutator.Damage(random, records) : [.. ByteMutator.Damage(random, records), .. new byte[random.Next(2000)]]);
                break;
        }

        byte[] damaged = disk.FileExists(path) ? disk.ReadFile(path) : [];
        try
        {
            Check(disk, written, lastIndex, oneBit, inPadding);
        }
        catch (Exception failure)
        {
            throw FuzzFailedException.Of($"{path} of {segments.Length} segments", damaged, failure);
        }
    }

    private static void Check(SimFileSystem disk, Dictionary<ulong, List<Entry>> written, ulong lastIndex, bool oneBit, bool inPadding)
    {
        try
        {
            _ = WriteAheadLog.ValidSnapshots(disk, Folder);
        }
        catch (Exception refusal) when (refusal is CorruptionException or FileNotFoundException)
        {
            return;
        }

        WalRecovery opened;
        try
        {
            opened = Open(disk);
        }
        catch (Exception refusal) when (refusal is CorruptionException or FileNotFoundException)
        {
            return;
        }

        ulong next;
        using (opened.Log)
        {
            List<Entry> entries = opened.Entries;
            for (int i = 0; i < entries.Count; i++)
            {
                // The last hard state reads as an empty change of membership if a bit of its type turns: nothing but its type tells the two apart.
                bool mistaken = i == entries.Count - 1 && entries[i].Type == EntryType.ConfChangeV2 && entries[i].Data.IsEmpty;
                if (!mistaken && !(written.TryGetValue(entries[i].Index, out List<Entry>? known) && known.Exists(one => Same(one, entries[i]))))
                    throw new FuzzFailedException($"entry {i} is {entries[i].Index}/{entries[i].Term}, which was never written so");
            }

            ulong last = entries.Count > 0 ? entries[^1].Index : 0;
            if (oneBit && !inPadding && !opened.Repaired && last < lastIndex)
                throw new FuzzFailedException($"one turned bit lost all after {last} of {lastIndex} in silence");
            next = opened.Log.LastIndex + 1;
            opened.Log.Save(new HardState(99, 1, opened.HardState.Commit), [new Entry(99, next, EntryType.Normal, "new"u8.ToArray())]);
        }

        WalRecovery again = Open(disk);
        again.Log.Dispose();
        if (again.Repaired || again.Entries.Count == 0 || again.Entries[^1].Index != next || again.Entries[^1].Term != 99)
            throw new FuzzFailedException("what was saved after the damage is not there");
    }

    private static bool Same(in Entry left, in Entry right) =>
        (left.Term, left.Index, left.Type) == (right.Term, right.Index, right.Type) && left.Data.Span.SequenceEqual(right.Data.Span);

    private static WalRecovery Open(SimFileSystem disk) => WriteAheadLog.Open(disk, Folder, WalSnapshot.Beginning, Options);

    private static WalOptions Options { get; } = new() { SegmentBytes = SegmentBytes };

    /// <summary>A segment without the zeros behind its records.</summary>
    private static int UsedBytes(byte[] bytes) => Math.Max(1, bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);

    private static (SimFileSystem Disk, Dictionary<ulong, List<Entry>> Written, ulong LastIndex) Make(ulong seed)
    {
        SeededRandom random = new(seed);
        SimFileSystem disk = new();
        disk.CreateDirectory("/data/member");
        Dictionary<ulong, List<Entry>> written = [];
        ulong last = 0;
        using (WriteAheadLog log = WriteAheadLog.Create(disk, Folder, "who I am"u8, Options))
        {
            for (ulong term = 1; term <= seed * 4; term++)
            {
                // A new leader may overrule the last entries.
                ulong index = last > 2 && random.Chance(0.3) ? last - 1 : last + 1;
                List<Entry> entries = [];
                for (int count = 1 + random.Next(4); count > 0; count--)
                {
                    byte[] data = new byte[random.Next(random.Chance(0.2) ? 3000 : 100)];
                    random.Fill(data);
                    Entry entry = new(term, index + (ulong)entries.Count, EntryType.Normal, data);
                    entries.Add(entry);
                    if (!written.TryGetValue(entry.Index, out List<Entry>? known))
                        written[entry.Index] = known = [];
                    known.Add(entry);
                }

                last = entries[^1].Index;
                log.Save(new HardState(term, 1, last - 1), entries);
                if (random.Chance(0.3))
                    log.SaveSnapshot(new WalSnapshot(last - 1, term, new ConfState([1, 2, 3])));
                if (log.NeedsNextSegment)
                    log.PrepareNextSegment();
            }
        }

        disk.MakeDurable();
        return (disk, written, last);
    }
}
