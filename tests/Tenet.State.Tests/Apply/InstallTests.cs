using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Mvcc;
using Tenet.State.Mvcc.Index;
using Tenet.State.Tests.Backends;

namespace Tenet.State.Tests.Apply;

/// <summary>A leader's snapshot takes the place of a running member's state.</summary>
public sealed class InstallTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void What_is_installed_equals_a_fresh_start_from_the_same_file_and_goes_on_like_the_leader(ulong seed)
    {
        var random = new SeededRandom(seed);
        List<byte[]> log = DeterminismTests.RandomLog(random.Fork());
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        int behind = random.Next(log.Count / 2);
        int ahead = behind + 1 + random.Next(log.Count / 3);
        Play(follower, log, 0, behind, random.Fork());
        Play(leader, log, 0, ahead, random.Fork());

        byte[] image = leader.Image();
        follower.Install(image, leader);

        var disk = new SimFileSystem();
        disk.CreateDirectory("/member");
        using (IFile file = disk.Open("/member/db", FileOpenMode.CreateNew, FileAccess.ReadWrite))
            file.Write(image, 0);
        using var fresh = new StateFixture(files: disk);
        AssertEqual(fresh, follower);
        AssertEqual(leader, follower);

        List<string> expected = Play(leader, log, ahead, log.Count, random.Fork());
        List<string> answers = Play(follower, log, ahead, log.Count, random.Fork());
        Assert.Equal(expected, answers);
        Finish(leader);
        Finish(follower);
        AssertEqual(leader, follower);
        using StateFixture reopened = follower.Reopen();
        AssertEqual(leader, reopened);
    }

    [Fact]
    public void What_was_not_committed_is_dropped_and_a_late_commit_of_it_does_nothing()
    {
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        follower.Put("only here", "1");
        SealedBatch sealedBatch = follower.Backend.Seal()!;
        follower.Put("only here too", "1");
        for (int i = 0; i < 5; i++)
            leader.Put("k", $"{i}");
        follower.Install(leader.Image(), leader);
        follower.Backend.Commit(sealedBatch);
        follower.Backend.CommitNow();
        Assert.Null(follower.Get("only here"));
        Assert.Null(follower.Get("only here too"));
        Assert.Equal("4", follower.Get("k"));
        Assert.Equal(leader.Index, follower.Backend.CommittedIndex);
        Assert.Equal(["db"], follower.Files.List("/member"));
    }

    [Fact]
    public void Reads_images_and_hashes_that_began_before_go_on_with_what_they_began_with()
    {
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        for (int i = 0; i < 2000; i++)
        {
            leader.Put($"k{i:d4}", "old");
            follower.Put($"k{i:d4}", "old");
        }

        follower.Backend.CommitNow();
        using BackendImage image = follower.Backend.OpenImage();
        using BackendRead read = follower.Backend.OpenRead();
        using ReadView view = follower.Store.OpenView();
        long before = follower.Store.CurrentRevision;
        uint hashBefore = follower.Store.HashKv(0).Response!.Hash;
        leader.Delete("k", "l");
        leader.Compact(leader.Store.CurrentRevision);
        Finish(leader);
        leader.Put("new", "1");
        follower.Install(leader.Image(), leader);

        // An image is a database of its own, with the old keys in it.
        byte[] bytes = StateFixture.ReadAll(image);
        var disk = new SimFileSystem();
        disk.CreateDirectory("/member");
        using (IFile file = disk.Open("/member/db", FileOpenMode.CreateNew, FileAccess.ReadWrite))
            file.Write(bytes, 0);
        using var copy = new StateFixture(files: disk);
        Assert.Equal(hashBefore, copy.Store.HashKv(0).Response!.Hash);

        using var findings = new RangeFindings();
        Assert.Null(follower.Store.Find(
            new RangeQuery { Range = KeyRange.Of("k"u8, "l"u8), View = view, CountAll = true }, findings));
        Assert.Equal(2000, findings.Count);
        Assert.Equal(2000, findings.Total);
        Assert.Equal(before, findings.CurrentRevision);
        for (int i = 0; i < findings.Count; i++)
            Assert.False(follower.Store.LoadRecord(findings.Read!, findings.RevisionAt(i)).IsEmpty);
        Assert.Equal(1, follower.Store.KeyCount);
    }

    [Fact]
    public void The_old_file_is_closed_with_its_last_reader()
    {
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        leader.Put("k", "1");
        using (IFile old = follower.Files.Open("/member/db", FileOpenMode.Existing, FileAccess.Read))
        {
            BackendRead read = follower.Backend.OpenRead();
            follower.Install(leader.Image(), leader);
            Assert.False(old.TryLock(FileLockKind.Flock));
            read.Dispose();
            Assert.True(old.TryLock(FileLockKind.Flock));
        }

        using IFile current = follower.Files.Open("/member/db", FileOpenMode.Existing, FileAccess.Read);
        Assert.False(current.TryLock(FileLockKind.Flock));
    }

    [Fact]
    public void A_compaction_that_the_leader_was_in_the_middle_of_is_finished_here_and_ones_own_are_forgotten()
    {
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        for (int i = 0; i < 300; i++)
        {
            leader.Put($"k{i % 7}", $"{i}");
            follower.Put($"k{i % 7}", $"{i}");
        }

        follower.Compact(50);
        Finish(follower);
        Assert.Single(follower.Store.CompactionHashes);
        follower.Compact(100);
        follower.Store.RunCompactionBatch(3);
        follower.Store.RunCompactionBatch(3);
        leader.Compact(50);
        Finish(leader);
        leader.Compact(200);
        leader.Store.RunCompactionBatch(1000);
        leader.Store.RunCompactionBatch(20);
        leader.Put("last", "1");
        ApplyEffects effects = follower.Install(leader.Image(), leader);
        Assert.True(effects.HasFlag(ApplyEffects.CompactionStarted));
        Assert.Empty(follower.Store.CompactionHashes);
        Assert.Equal(200, follower.Store.CompactRevision);
        Assert.True(follower.Store.ReadHistory(199, 1).IsRefused);
        Finish(leader);
        Finish(follower);

        // Only who did a compaction from beginning to end vouches for its hash.
        Assert.Empty(follower.Store.CompactionHashes);
        Assert.Equal(2, leader.Store.CompactionHashes.Count);
        AssertEqual(leader, follower);
    }

    [Fact]
    public void Who_waits_for_a_lease_to_go_is_let_go_and_no_lease_ends_on_a_member_that_was_sent_a_snapshot()
    {
        using StateFixture leader = Begin(new LessorOptions { CompleteOnPool = false });
        using StateFixture follower = Begin(new LessorOptions { CompleteOnPool = false });
        follower.Grant(7, 5);
        follower.Lessor.Promote(follower.Now, TimeSpan.Zero);
        follower.Now += TimeSpan.FromSeconds(6);
        Task gone = follower.Lessor.Renew(7, follower.Now).Gone!;
        leader.Grant(7, 5);
        leader.Grant(8, 60);
        leader.Put("k", "v", lease: 8);
        follower.Install(leader.Image(), leader);
        Assert.True(gone.IsCompleted);
        Assert.False(follower.Lessor.IsPrimary);
        Assert.Empty(follower.Lessor.ExpiredUpTo(follower.Now + TimeSpan.FromDays(1), 10));
        Assert.Equal(RenewStatus.NotPrimary, follower.Lessor.Renew(7, follower.Now).Status);
        Assert.Equal(8, follower.Lessor.LeaseOf("k"u8));
        follower.Lessor.Promote(follower.Now, TimeSpan.Zero);
        Assert.Equal([7], follower.Lessor.ExpiredUpTo(follower.Now + TimeSpan.FromSeconds(5), 10));
        follower.Revoke(8);
        Assert.Null(follower.Get("k"));
    }

    [Fact]
    public void A_snapshot_that_cannot_be_used_replaces_nothing()
    {
        using StateFixture leader = Begin();
        for (int i = 0; i < 200; i++)
            leader.Put($"k{i}", $"{i}");
        byte[] image = leader.Image();
        AssertRefused<CorruptionException>(image, leader.Index + 1, $"a database with everything up to index {leader.Index + 1}");
        AssertRefused<CorruptionException>([], leader.Index, "a database with everything up to index");
        AssertRefused<CorruptionException>(image[..(image.Length / 2)], leader.Index, "pages of");
        AssertRefused<CorruptionException>([.. new byte[8192], .. image[8192..]], leader.Index, "");
        byte[] damaged = [.. image];
        damaged.AsSpan(8192).Fill(0xee);
        AssertRefused<CorruptionException>(damaged, leader.Index, "");
        AssertRefused<InvariantException>(image, 2, "outdated index 2");

        leader.Backend.Put(Bucket.AuthUsers, "u"u8, [0xff]);
        AssertRefused<CorruptionException>(leader.Image(), leader.Index, "an encoded User");
        leader.Backend.Delete(Bucket.AuthUsers, "u"u8);
        leader.Backend.Put(Bucket.Cluster, "clusterVersion"u8, "3.8.0"u8);
        AssertRefused<UnsupportedEntryException>(leader.Image(), leader.Index, "server version is lower than determined cluster version");
    }

    [Fact]
    public void A_snapshot_whose_history_is_behind_the_members_own_is_refused()
    {
        using StateFixture leader = Begin();
        leader.Put("k", "1");
        leader.Alarm(AlarmRequest.Types.AlarmAction.Get, AlarmType.None);
        leader.Alarm(AlarmRequest.Types.AlarmAction.Get, AlarmType.None);
        leader.Alarm(AlarmRequest.Types.AlarmAction.Get, AlarmType.None);
        leader.Alarm(AlarmRequest.Types.AlarmAction.Get, AlarmType.None);
        AssertRefused<CorruptionException>(leader.Image(), leader.Index, "a history that goes on from this member's");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"Root":{"Children":{"0":{"Children":{"members":{"Children":{"1":{"Children":{}}}}}}}}}""")]
    public void A_snapshot_that_does_not_tell_the_members_is_refused(string document)
    {
        using StateFixture leader = Begin();
        for (int i = 0; i < 5; i++)
            leader.Put("k", $"{i}");
        AssertRefused<CorruptionException>(leader.Image(), leader.Index, "the snapshot of index", Encoding.UTF8.GetBytes(document));
    }

    [Fact]
    public void What_a_snapshot_tells_of_the_members_counts_for_more_than_its_database_and_is_stored()
    {
        using StateFixture leader = Begin();
        for (int i = 0; i < 5; i++)
            leader.Put("k", $"{i}");
        leader.Members.Apply(Changes.Add(1, "http://a"));
        leader.Members.Apply(Changes.AddLearner(2, "http://b"));
        leader.Members.Apply(Changes.Add(3, "http://c"));
        byte[] image = leader.Image();

        // What the db of etcd 3.5.16 never learns.
        leader.Members.Apply(Changes.Promote(2));
        leader.Members.Apply(Changes.Update(1, "http://a2"));
        leader.Members.Apply(Changes.Remove(3));
        leader.Members.SetAttributes(1, "n1", ["http://client"], persist: false);

        StateFixture follower = Begin();
        follower.Install(image, leader);
        Assert.Equal(leader.Document(), follower.Document());
        Assert.Equal([1UL, 2UL], follower.Members.Current.Voters);
        using StateFixture reopened = follower.Reopen();
        Assert.Equal(leader.Document(), reopened.Document());
    }

    [Fact]
    public void A_missing_database_is_told_by_its_name()
    {
        using StateFixture follower = Begin();
        var missing = Assert.Throws<FileNotFoundException>(() => follower.Applier.Install("/member/0000000000000063.snap.db", 99, follower.Document(), SequentialRunner.Instance));
        Assert.Contains("0000000000000063.snap.db", missing.Message, StringComparison.Ordinal);
        Assert.Equal(["db"], follower.Files.List("/member"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_a_crash_at_any_step_of_the_disk_the_old_or_the_new_database_stands_whole(ulong seed)
    {
        var random = new SeededRandom(seed);
        List<byte[]> log = DeterminismTests.RandomLog(random.Fork());
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        Play(follower, log, 0, 100, random.Fork());
        Play(leader, log, 0, 300, random.Fork());
        byte[] image = leader.Image();
        follower.Backend.CommitNow();
        follower.Files.MakeDurable();
        uint oldHash = follower.Backend.Hash();
        uint newHash = leader.Backend.Hash();
        ulong oldIndex = follower.Index;
        string received = follower.Receive(image);
        var crashes = new CrashEverywhere(follower.Files, seed);
        follower.Files.Faults = crashes;
        follower.Applier.Install(received, leader.Index, leader.Document(), SequentialRunner.Instance);
        follower.Files.Faults = null;

        Assert.True(crashes.Disks.Count >= 4);
        int replaced = 0;
        foreach (SimFileSystem disk in crashes.Disks.Append(follower.Files.Crash(random)))
        {
            using var found = new StateFixture(files: disk);
            bool isNew = found.Backend.ConsistentIndex == leader.Index;
            replaced += isNew ? 1 : 0;
            Assert.Equal(isNew ? (leader.Index, newHash) : (oldIndex, oldHash), (found.Backend.ConsistentIndex, found.Backend.Hash()));

            // Until it is in place the received one is there to be put in place at the next start.
            Assert.Equal(!isNew, disk.FileExists(received));
            if (!isNew)
                found.Applier.Install(received, leader.Index, leader.Document(), SequentialRunner.Instance);
            Assert.Equal(newHash, found.Backend.Hash());
        }

        Assert.True(replaced > 0);
    }

    [Fact]
    public void A_disk_that_refuses_to_replace_the_file_leaves_a_member_that_writes_no_more()
    {
        using StateFixture leader = Begin();
        leader.Put("k", "1");
        leader.Put("k", "2");
        byte[] image = leader.Image();
        foreach (DiskOperation step in (DiskOperation[])[DiskOperation.Rename, DiskOperation.SyncDirectory])
        {
            using StateFixture follower = Begin();
            string received = follower.Receive(image);
            follower.Files.Faults = new FailOn(static _ => true, step);
            Assert.Throws<IOException>(() => follower.Applier.Install(received, leader.Index, leader.Document(), SequentialRunner.Instance));
            follower.Files.Faults = null;
            follower.Put("k", "3");
            Assert.Throws<IOException>(follower.Backend.CommitNow);
        }
    }

    [Fact]
    public async Task Readers_beside_an_installation_see_one_state_or_the_other_whole()
    {
        const int Keys = 1200;
        using StateFixture leader = Begin();
        using StateFixture follower = Begin();
        void Generation(StateFixture state, int generation)
        {
            for (int i = 0; i < Keys; i++)
                state.Put($"k{i:d5}", $"{generation}");
        }

        Generation(leader, 1);
        Generation(follower, 1);
        follower.Backend.CommitNow();
        long whole = follower.Store.CurrentRevision;
        var kv = new KvExecutor(follower.Store, follower.Lessor);
        using var stop = new CancellationTokenSource();
        Task Reader(long limit, bool pinned) => Task.Run(() =>
        {
            var all = new RangeRequest { Key = ByteString.CopyFromUtf8("k"), RangeEnd = ByteString.CopyFromUtf8("l"), Limit = limit };
            while (!stop.IsCancellationRequested)
            {
                // At a time when one generation was whole, reads give nothing else; a compacted time is refused.
                all.Revision = pinned ? Volatile.Read(ref whole) : 0;
                Outcome<RangeResult> outcome = kv.Range(all);
                if (outcome.IsRefused)
                    continue;
                using RangeResult result = outcome.Response;
                RangeResponse response = result.ToResponse();
                Assert.Equal(Keys, response.Count);
                if (pinned)
                    Assert.Single(response.Kvs.Select(static pair => pair.Value).Distinct());
                for (int i = 1; i < response.Kvs.Count; i++)
                    Assert.True(response.Kvs[i - 1].Key.Span.SequenceCompareTo(response.Kvs[i].Key.Span) < 0);
            }
        });

        Task Compactor() => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                follower.Store.RunCompactionBatch(500);
                follower.Store.HashKv(0);
            }
        });

        Task[] others = [Reader(0, pinned: true), Reader(1, pinned: true), Reader(0, pinned: false), Compactor()];
        for (int generation = 2; generation < 7; generation++)
        {
            Generation(leader, generation);
            long revision = leader.Store.CurrentRevision;
            leader.Compact(revision - (generation % 2 == 0 ? 1 : Keys + 1));
            if (generation % 3 == 0)
                Finish(leader);
            follower.Install(leader.Image(), leader);
            Volatile.Write(ref whole, revision);
        }

        await stop.CancelAsync();
        await Task.WhenAll(others);
        Finish(leader);
        Finish(follower);
        AssertEqual(leader, follower);
    }

    internal static StateFixture Begin(LessorOptions? lessor = null)
    {
        var state = new StateFixture(lessor: lessor);
        state.Applier.ApplyChange(1, 1, Changes.Add(1, "http://a"));
        state.Apply(null, index: 2);
        return state;
    }

    private static List<string> Play(StateFixture state, List<byte[]> log, int from, int to, SeededRandom random)
    {
        var answers = new List<string>();
        for (int i = from; i < to; i++)
        {
            ulong index = (ulong)i + 3;
            ApplyOutcome outcome = state.Apply(EntryDecoder.Decode(log[i], index), index);
            answers.Add($"{index}: {outcome.Error?.Message} {outcome.Response}");
            if (random.Chance(0.05))
                state.Backend.CommitNow();
            if (random.Chance(0.1))
                state.Store.RunCompactionBatch(1 + random.Next(20));
        }

        return answers;
    }

    private static void Finish(StateFixture state)
    {
        while (state.Store.HasCompactionWork)
            state.Store.RunCompactionBatch(1000);
    }

    private static void AssertEqual(StateFixture expected, StateFixture actual)
    {
        Assert.Equal(expected.Backend.ConsistentIndex, actual.Backend.ConsistentIndex);
        Assert.Equal(expected.Backend.ConsistentTerm, actual.Backend.ConsistentTerm);
        Assert.Equal(expected.Backend.Hash(), actual.Backend.Hash());
        Assert.Equal(expected.Store.CurrentRevision, actual.Store.CurrentRevision);
        Assert.Equal(expected.Store.CompactRevision, actual.Store.CompactRevision);
        Assert.Equal(expected.Store.KeyCount, actual.Store.KeyCount);
        Assert.Equal(expected.Store.HasCompactionWork, actual.Store.HasCompactionWork);
        Assert.Equal(expected.Alarms.All, actual.Alarms.All);
        Assert.Equal(Text(expected), Text(actual));
        long first = Math.Max(1, expected.Store.CompactRevision);
        for (long revision = first; revision <= expected.Store.CurrentRevision; revision += 1 + (expected.Store.CurrentRevision - first) / 40)
            Assert.Equal(Keys(expected, revision), Keys(actual, revision));
    }

    // Members and leases, with what hangs on them.
    private static string Text(StateFixture state)
    {
        var text = new StringBuilder();
        foreach (var member in state.Members.Current.Members)
            text.AppendLine($"member {member.HexId} {member.Name} {member.IsLearner} {string.Join(',', member.PeerUrls)}");
        text.AppendLine($"removed {string.Join(',', state.Members.Current.Removed)} version {state.Members.Current.ClusterVersion}");
        foreach (long id in state.Lessor.Ids().Order())
        {
            LeaseTimeToLive lease = state.Lessor.TimeToLive(id, withKeys: true, state.Now)!;
            text.AppendLine($"lease {id} {lease.GrantedSeconds} {string.Join(',', lease.Keys.Select(static key => Encoding.UTF8.GetString(key.Span)))}");
            foreach (ReadOnlyMemory<byte> key in lease.Keys)
                Assert.Equal(id, state.Lessor.LeaseOf(key.Span));
            byte[] stored = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(stored, id);
            text.AppendLine(state.Stored(Bucket.Lease, stored));
        }

        return text.ToString();
    }

    private static string Keys(StateFixture state, long revision)
    {
        var kv = new KvExecutor(state.Store, state.Lessor);
        using RangeResult result = kv.Range(
            new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Revision = revision }).Response!;
        return result.ToResponse().ToString();
    }

    private static void AssertRefused<T>(byte[] image, ulong index, string words, byte[]? document = null)
        where T : Exception
    {
        using StateFixture follower = Begin();
        follower.Put("own", "1");
        follower.Put("own", "2");
        var refusal = Assert.Throws<T>(() => follower.Applier.Install(follower.Receive(image), index, document ?? follower.Document(), SequentialRunner.Instance));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("2", follower.Get("own"));
        follower.Put("own", "3");
        using StateFixture reopened = follower.Reopen();
        Assert.Equal("3", reopened.Get("own"));
    }
}
