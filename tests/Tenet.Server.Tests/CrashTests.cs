using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class CrashTests
{
    [Fact]
    public void What_was_acknowledged_survives_a_power_cut_at_every_operation_of_the_disk()
    {
        // One history; the power fails before each of its disk operations in turn.
        for (ulong cut = 1; ; cut += 2)
        {
            var history = new History(cut);
            bool ended = history.RunUntilCut((long)cut);
            history.CheckAfterCrash(new SeededRandom(cut));
            if (ended)
                break;
        }
    }

    [Fact]
    public void What_was_acknowledged_survives_snapshots_cuts_and_restarts()
    {
        var random = new SeededRandom(11);
        SimFileSystem disk = new();
        var acknowledged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int life = 0; life < 12; life++)
        {
            TestMember member = TestMember.Started(
                disk, options => options with { SnapshotCount = 50, SnapshotCatchUpEntries = 10, MaxWalFiles = 2, MaxSnapshotFiles = 2 }, (ulong)life + 1);
            foreach ((string key, string value) in acknowledged)
                Assert.Equal(value, member.Get(key));
            int writes = random.Next(30, 200);
            for (int i = 0; i < writes; i++)
            {
                string key = $"k{random.Next(40)}";
                string value = $"{life}-{i}";
                member.Put(key, value);
                acknowledged[key] = value;
            }

            member.RunFor(TimeSpan.FromMilliseconds(random.Next(300)));
            disk = member.Disk.Crash(random.Fork());
        }
    }

    [Fact]
    public void A_clean_stop_loses_nothing_and_leaves_the_backend_complete()
    {
        TestMember first = TestMember.Started();
        for (int i = 0; i < 20; i++)
            first.Put($"k{i}", $"v{i}");
        uint hash = first.Run(first.Member.Maintenance.HashKv(new HashKVRequest(), first.Call)).Hash;
        first.Dispose();

        using TestMember second = TestMember.Started(first.Disk);
        Assert.Equal("v19", second.Get("k19"));
        HashKVResponse again = second.Run(second.Member.Maintenance.HashKv(new HashKVRequest(), second.Call));
        Assert.Equal(hash, again.Hash);
        Assert.Equal(21, again.Header.Revision);
        Assert.Equal(first.Member.Status.MemberId, second.Member.Status.MemberId);
    }

    private sealed class History(ulong seed)
    {
        private readonly SortedDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
        private readonly HashSet<(string Key, string Value)> _attempted = [];
        private readonly HashSet<(string Key, string Value)> _refused = [];
        private readonly SimFileSystem _disk = new();
        private SimFileSystem? _crashed;

        /// <returns>True if the history ended before the cut.</returns>
        public bool RunUntilCut(long operation)
        {
            PowerCut cut = new PowerCut(operation, new SeededRandom(seed)).On(_disk);
            _disk.Faults = cut;
            try
            {
                TestMember member = TestMember.Started(
                    _disk, options => options with { SnapshotCount = 20, SnapshotCatchUpEntries = 5, MaxRequestBytes = 4096 });
                for (int i = 0; i < 60; i++)
                    Write(member, $"k{i % 9}", $"v{i}");
                Refuse(member);
                member.RunFor(TimeSpan.FromMilliseconds(250));
                member.Dispose();
            }
            catch (PowerCutException)
            {
                _crashed = cut.Crashed;
                return false;
            }

            _crashed ??= _disk.Crash(new SeededRandom(seed));
            return true;
        }

        public void CheckAfterCrash(SeededRandom random)
        {
            Assert.NotNull(_crashed);
            using TestMember member = TestMember.Started(_crashed, seed: random.NextUInt64());
            foreach ((string key, string value) in _acknowledged)
            {
                string? found = member.Get(key);

                // A later write of the same key may have made it to the log without being acknowledged.
                Assert.True(found == value || (found is not null && _attempted.Contains((key, found)) && Later(found, value)), $"{key}: {value} became {found}");
            }

            foreach ((string key, string value) in _refused)
                Assert.NotEqual(value, member.Get(key));
            member.Put("after", "crash");
            Assert.Equal("crash", member.Get("after"));
        }

        private static bool Later(string left, string right) =>
            int.Parse(left.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) > int.Parse(right.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);

        private void Write(TestMember member, string key, string value)
        {
            _attempted.Add((key, value));
            member.Put(key, value);
            _acknowledged[key] = value;
        }

        private void Refuse(TestMember member)
        {
            string large = new('x', 5000);
            _refused.Add(("large", large));
            Assert.Equal(EtcdErrors.RequestTooLarge, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("large", large), member.Call)));
        }
    }
}
