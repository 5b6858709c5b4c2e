using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Raft;
using static Tenet.Wal.Tests.TestLog;

namespace Tenet.Wal.Tests;

/// <summary>
/// Power cuts at every operation of short histories: nothing that was acknowledged is lost, and what is found is what some prefix of the
/// history would have left.
/// </summary>
public class CrashTests
{
    private const int CrashesPerOperation = 6;
    private const long SegmentBytes = 2048;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Nothing_acknowledged_is_lost_whenever_the_power_goes(ulong seed)
    {
        var random = new SeededRandom(seed);
        SimFileSystem disk = NewDisk();
        var history = new History();
        var crashes = new Crashes(disk, history, random.Fork());
        disk.Faults = crashes;

        WriteAheadLog log = Create(disk, SegmentBytes);
        history.Created = true;
        for (int step = 0; step < 30; step++)
        {
            if (random.Chance(0.2))
                log.PrepareNextSegment();
            history.Step(log, random);
            if (random.Chance(0.1))
            {
                // The process is killed, and started again on what the system still has.
                disk = crashes.Restart();
                log = WriteAheadLog.Open(disk, WalPath, history.Base, Options(SegmentBytes)).Log;
                history.Reopened();
            }
        }

        disk.Faults = null;
        log.Dispose();
        Assert.True(disk.List(WalPath).Count > 3);
        Assert.True(crashes.Checked > 300);
        Assert.True(crashes.Repaired > 3, $"{crashes.Repaired} torn");
    }

    [Fact]
    public void A_power_cut_during_recovery_is_recovered_from()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var random = new SeededRandom(seed);
            SimFileSystem disk = NewDisk();
            var history = new History();
            WriteAheadLog log = Create(disk, SegmentBytes);
            history.Created = true;
            for (int step = 0; step < 6; step++)
                history.Step(log, random);
            history.BeginUnacknowledged(log, random, disk);

            // Cut the power again and again at every operation of the recovery.
            SimFileSystem found = disk.Crash(random);
            for (int round = 0; round < 3; round++)
            {
                var crashes = new Crashes(found, history, random.Fork());
                found.Faults = crashes;
                WriteAheadLog reopened = WriteAheadLog.Open(found, WalPath, history.Base, Options(SegmentBytes)).Log;
                found.Faults = null;
                Assert.True(crashes.Checked > 0);
                found = found.Crash(random);
                reopened.Dispose();
            }
        }
    }

    [Fact]
    public void A_log_being_created_is_there_whole_or_not_at_all()
    {
        SimFileSystem disk = NewDisk();
        disk.CreateDirectory(WalPath + ".tmp");
        var random = new SeededRandom(5);
        var outcomes = new HashSet<bool>();
        void Look(SimFileSystem found)
        {
            bool exists = WriteAheadLog.Exists(found, WalPath);
            outcomes.Add(exists);
            if (exists)
                WriteAheadLog.Open(found, WalPath, WalSnapshot.Beginning, Options(SegmentBytes)).Log.Dispose();
            else
                Create(found, SegmentBytes).Dispose();
        }

        disk.Faults = new AfterEach(_ =>
        {
            for (int i = 0; i < 50; i++)
                Look(disk.Crash(random));
        });
        Create(disk, SegmentBytes);
        Assert.Equal(2, outcomes.Count);
        disk.Faults = null;
        for (int i = 0; i < 50; i++)
            Assert.True(WriteAheadLog.Exists(disk.Crash(random), WalPath));
    }

    /// <summary>A random run of saves, and every state that it may legally be found in.</summary>
    private sealed class History
    {
        // States after each step, the last one acknowledged or in progress.
        private readonly List<(List<Entry> Entries, HardState State)> _states = [([], default)];
        private int _durable;
        private ulong _term = 1;

        public bool Created { get; set; }

        public WalSnapshot Base { get; } = WalSnapshot.Beginning;

        public void Step(WriteAheadLog log, SeededRandom random)
        {
            (List<Entry> entries, HardState state) = _states[^1];
            List<Entry> after = [.. entries];
            int kind = random.Next(10);
            if (kind == 0 && state.Commit > 0)
            {
                // Begins nothing new in the model: a snapshot record only.
                log.SaveSnapshot(Snapshot(state.Commit, after[(int)state.Commit - 1].Term));
                _durable = _states.Count - 1;
                return;
            }

            List<Entry> saved = [];
            if (kind < 8)
            {
                ulong first = (ulong)after.Count + 1;
                if (kind == 1 && first > state.Commit + 1)
                {
                    first -= (ulong)random.Next(1, (int)Math.Min(4, first - state.Commit));
                    _term++;
                }

                saved = Entries(first, first + (ulong)random.Next(0, 5), _term, random.Next(0, 500));
                after.RemoveRange((int)first - 1, after.Count - (int)first + 1);
                after.AddRange(saved);
            }

            ulong commit = Math.Max(state.Commit, (ulong)random.Next(0, after.Count + 1));
            HardState next = random.Chance(0.8) ? new HardState(_term, 1, commit) : state;
            Push(after, next);
            log.Save(next == state ? null : next, saved);
            if (saved.Count > 0 || next.MustSyncAfter(state))
                _durable = _states.Count - 1;
        }

        /// <summary>A save that the power cut interrupts.</summary>
        public void BeginUnacknowledged(WriteAheadLog log, SeededRandom random, SimFileSystem disk)
        {
            disk.Faults = new FailSync();
            Assert.Throws<IOException>(() =>
            {
                for (int i = 0; i < 100; i++)
                    Step(log, random);
            });
            disk.Faults = null;
        }

        /// <summary>A kill loses what the process had not written: the log may be behind the last state.</summary>
        public void Reopened() => _durable = _states.Count - 1;

        /// <summary>After a kill the log continues from what was found.</summary>
        public void ContinueFrom(WalRecovery found)
        {
            Push(found.Entries, found.HardState);
            _durable = _states.Count - 1;
        }

        public void Check(WalRecovery found)
        {
            for (int i = _durable; i < _states.Count; i++)
            {
                // The states of a step in progress: its entries arrive one by one, then its hard state.
                (List<Entry> entries, HardState state) = _states[i];
                if (found.HardState == state && found.Entries.SequenceEqual(entries))
                    return;
                (List<Entry> before, HardState stateBefore) = _states[Math.Max(0, i - 1)];
                if (i > _durable && (found.HardState == stateBefore || found.HardState == state) && IsBetween(found.Entries, before, entries))
                    return;
            }

            string legal = string.Join(" | ", _states.Skip(_durable).Select(s => $"{s.Entries.Count} entries, {s.State}"));
            Assert.Fail($"found {found.Entries.Count} entries, {found.HardState}; legal: {legal}");
        }

        /// <summary>Whether some of the new entries, from the first on, have replaced the tail of the old ones.</summary>
        private static bool IsBetween(List<Entry> found, List<Entry> before, List<Entry> after)
        {
            int common = 0;
            while (common < before.Count && common < after.Count && before[common].Equals(after[common]))
                common++;
            if (found.SequenceEqual(before))
                return true;
            return found.Count >= common && found.Count <= after.Count && found.SequenceEqual(after.Take(found.Count));
        }

        private void Push(List<Entry> entries, HardState state) => _states.Add((entries, state));
    }

    /// <summary>Cuts the power after every operation, several ways, and checks what is found each time.</summary>
    private sealed class Crashes(SimFileSystem disk, History history, SeededRandom random) : IDiskFaults
    {
        private SimFileSystem _disk = disk;
        private bool _busy;

        public int Checked { get; private set; }

        public int Repaired { get; private set; }

        public void After(in DiskEvent operation)
        {
            if (_busy)
                return;
            _busy = true;
            for (int i = 0; i < CrashesPerOperation; i++)
            {
                SimFileSystem found = _disk.Crash(random);
                if (!history.Created && !WriteAheadLog.Exists(found, WalPath))
                    continue;
                WalRecovery recovery = WriteAheadLog.Open(found, WalPath, history.Base, Options(SegmentBytes));
                history.Check(recovery);
                Checked++;
                Repaired += recovery.Repaired ? 1 : 0;

                // What is found can be built upon.
                ulong next = recovery.Log.LastIndex + 1;
                recovery.Log.Save(new HardState(1000, 1, 1), Entries(next, next + 9, 1000, 100));
                SimFileSystem again = found.Crash(random);
                Assert.Equal(1000ul, WriteAheadLog.Open(again, WalPath, history.Base, Options(SegmentBytes)).Entries[^1].Term);
            }

            _busy = false;
        }

        /// <summary>Kills the process: locks and unwritten bytes are gone, what the system has stays.</summary>
        public SimFileSystem Restart()
        {
            _disk.Faults = null;
            _disk = _disk.Clone();
            WalRecovery found = WriteAheadLog.Open(_disk.Clone(), WalPath, history.Base, Options(SegmentBytes));
            history.ContinueFrom(found);
            _disk.Faults = this;
            return _disk;
        }
    }

    private sealed class AfterEach(Action<DiskEvent> act) : IDiskFaults
    {
        private bool _busy;

        public void After(in DiskEvent operation)
        {
            if (_busy)
                return;
            _busy = true;
            act(operation);
            _busy = false;
        }
    }

    private sealed class FailSync : IDiskFaults
    {
        public void Before(in DiskEvent operation)
        {
            if (operation.Operation == DiskOperation.SyncData)
                throw new IOException("Input/output error");
        }
    }
}
