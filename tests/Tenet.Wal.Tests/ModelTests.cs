using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Raft;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

/// <summary>Long random histories against a list.</summary>
public class ModelTests
{
    [Theory]
    [InlineData(1, 1024)]
    [InlineData(2, 4096)]
    [InlineData(3, 100_000)]
    [InlineData(4, 700)]
    public void A_log_is_a_list_whatever_is_done_to_it(ulong seed, long segmentBytes)
    {
        var random = new SeededRandom(seed);
        SimFileSystem disk = NewDisk();
        List<Entry> model = [];
        var state = default(HardState);
        WalSnapshot from = WalSnapshot.Beginning;
        ulong term = 1;
        WriteAheadLog log = Create(disk, segmentBytes);
        for (int step = 0; step < 1500; step++)
        {
            ulong last = from.Index + (ulong)model.Count;
            switch (random.Next(20))
            {
                case < 10:
                    Append(last + 1);
                    break;
                case < 13 when last > state.Commit:
                    term += (ulong)random.Next(1, 3);
                    Append(last - (ulong)random.Next(0, (int)(last - state.Commit)));
                    break;
                case < 16 when last > state.Commit:
                    state = state with { Term = term, Commit = state.Commit + (ulong)random.Next(1, (int)(last - state.Commit) + 1) };
                    log.Save(state, []);
                    break;
                case 16 when state.Commit > from.Index:
                    log.SaveSnapshot(from = Snapshot(state.Commit, model[(int)(state.Commit - from.Index) - 1].Term));
                    model.RemoveRange(0, model.Count - (int)(last - from.Index));
                    log.ReleaseLocksTo(from.Index);
                    break;
                case 17:
                    log.PrepareNextSegment();
                    break;
                case 18:
                    FilePurger.Purge(disk, WalPath, "wal", 3, needsLock: true);
                    break;
                case 19:
                    Reopen();
                    break;
            }
        }

        Reopen();
        Assert.Equal(from, WriteAheadLog.ValidSnapshots(disk, WalPath).Where(snapshot => snapshot.Index == from.Index).Last());
        log.Dispose();

        void Append(ulong first)
        {
            List<Entry> entries = Entries(first, first + (ulong)random.Next(0, 8), term, random.Next(0, 200));
            model.RemoveRange((int)(first - from.Index) - 1, model.Count - (int)(first - from.Index) + 1);
            model.AddRange(entries);
            HardState? saved = random.Chance(0.5) ? state = state with { Term = term, Vote = (ulong)random.Next(1, 4) } : null;
            log.Save(saved, entries);
        }

        void Reopen()
        {
            log.Dispose();
            WalRecovery found = Open(disk, from, segmentBytes);
            Assert.Equal(model, found.Entries);
            Assert.Equal(state, found.HardState);
            Assert.False(found.Repaired);
            log = found.Log;
        }
    }
}
