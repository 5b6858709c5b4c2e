using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Server.Tests.Cluster;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

/// <summary>When history is compacted without being asked, and what of it: to the second that etcd would choose.</summary>
public sealed class AutoCompactionTests
{
    private const string Started = "starting auto periodic compaction";

    [Theory]
    [InlineData(50, new[] { 50, 100, 150, 200 })]
    [InlineData(600, new[] { 600, 1_200, 1_800, 2_400 })]
    [InlineData(3_600, new[] { 3_600, 7_200, 10_800 })]
    [InlineData(7_200, new[] { 7_200, 10_800, 14_400 })]
    [InlineData(86_400, new[] { 86_400, 90_000, 93_600 })]
    public void Revisions_older_than_a_period_go_after_each_period_and_at_least_every_hour(int period, int[] moments)
    {
        using TestMember member = Member(TimeSpan.FromSeconds(period));
        int interval = Math.Min(period, 3_600) / 10;
        List<long> notes = [1];
        List<(int Second, long Revision)> seen = [];
        List<(int Second, long Revision)> expected = [];
        for (int second = interval / 5; second <= moments[^1] + interval; second += interval / 5)
        {
            RunTo(member, second, step: interval / 5);
            LogField[][] started = Lines(member, Started);
            if (started.Length > seen.Count)
                seen.Add((second, (long)Value(started[^1], "revision")!));
            if (second % interval != 0)
                continue;
            int note = second / interval;
            if (moments.Contains(second))
                expected.Add((second, notes[Math.Max(0, note - (period / interval) - 1)]));
            notes.Add(member.Member.Engine.Core.Store.CurrentRevision);

            // What is written right after a note is in the next one.
            member.Put("k", $"{second}");
        }

        Assert.Equal(expected, seen);
        Assert.Equal(seen[^1].Revision, member.Member.Engine.Core.Store.CompactRevision);
        LogField[] completed = Lines(member, "completed auto periodic compaction")[^1];
        Assert.Equal(["revision", "compact-period", "took"], completed.Select(static field => field.Name));
        Assert.Equal(TimeSpan.FromSeconds(period), Value(completed, "compact-period"));
    }

    [Fact]
    public void The_time_that_compactions_take_does_not_stretch_the_period()
    {
        using TestMember member = Member(TimeSpan.FromSeconds(50));
        List<int> seen = [];
        for (int second = 5; second <= 160; second++)
        {
            member.Stalled = "apply";
            RunTo(member, second);
            if (Lines(member, Started).Length > seen.Count)
            {
                seen.Add(second);
                continue;
            }

            member.Stalled = null;
            member.Put("k", $"{second}");
        }

        // Each took until the next second, from which the next period counts.
        Assert.Equal([50, 101, 152], seen);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)], Lines(member, "completed auto periodic compaction").Select(static line => Value(line, "took")));
    }

    [Fact]
    public void A_compaction_that_failed_is_tried_again_at_the_next_note_and_one_that_has_been_done_meanwhile_is_a_success()
    {
        using TestMember member = Member(TimeSpan.FromSeconds(50));
        RunTo(member, 49);
        member.Stalled = "apply";
        RunTo(member, 50);
        RunTo(member, 56);
        Assert.False(member.Log.Has("failed auto periodic compaction"));
        RunTo(member, 58);
        LogField[] failed = Assert.Single(Lines(member, "failed auto periodic compaction"));
        Assert.Equal(
            [new("revision", 1L), new("compact-period", TimeSpan.FromSeconds(50)), new("retry-interval", TimeSpan.FromSeconds(5)), new("error", EtcdErrors.Timeout.Message)],
            failed);
        Assert.Equal(LogLevel.Warn, member.Log.Lines.First(static line => line.Message == "failed auto periodic compaction").Level);

        // It was only late: the entry is applied after its proposer gave up.
        member.Stalled = null;
        RunTo(member, 59);
        Assert.Equal(1, member.Member.Engine.Core.Store.CompactRevision);
        RunTo(member, 62);
        Assert.Single(Lines(member, Started));
        RunTo(member, 63);
        Assert.Equal(2, Lines(member, Started).Length);
        Assert.Single(Lines(member, "completed auto periodic compaction"));
    }

    [Fact]
    public void What_has_been_compacted_is_not_compacted_again_until_something_was_written()
    {
        using TestMember member = Member(TimeSpan.FromSeconds(50));
        RunTo(member, 200);
        Assert.Equal(1L, Value(Assert.Single(Lines(member, Started)), "revision"));
        member.Put("k", "v");

        // The write is in the note of 205 s, which is the oldest one eleven notes later; by then the period is long over.
        RunTo(member, 259);
        Assert.Single(Lines(member, Started));
        RunTo(member, 260);
        Assert.Equal(2L, Value(Lines(member, Started)[^1], "revision"));
    }

    [Fact]
    public void All_but_the_newest_revisions_are_compacted_every_five_minutes()
    {
        using TestMember member = TestMember.Started(configure: static options => options with { AutoCompaction = AutoCompactionMode.Revision, AutoCompactionRevisions = 10 });
        for (int i = 0; i < 9; i++)
            member.Put("a", $"{i}");
        RunTo(member, 300);
        Assert.False(member.Log.Has("starting auto revision compaction"));
        for (int i = 0; i < 21; i++)
            member.Put("a", $"{i}");
        RunTo(member, 599);
        Assert.Equal(-1, member.Member.Engine.Core.Store.CompactRevision);
        RunTo(member, 600);
        Assert.Equal(21, member.Member.Engine.Core.Store.CompactRevision);
        RunTo(member, 900);
        RunTo(member, 1_200);
        LogField[] started = Assert.Single(Lines(member, "starting auto revision compaction"));
        Assert.Equal([new("revision", 21L), new("revision-compaction-retention", 10L)], started);
        Assert.Equal(["revision", "revision-compaction-retention", "took"], Assert.Single(Lines(member, "completed auto revision compaction")).Select(static field => field.Name));
        member.Put("a", "z");
        RunTo(member, 1_500);
        Assert.Equal(22, member.Member.Engine.Core.Store.CompactRevision);
    }

    [Fact]
    public void Only_the_leader_compacts_and_a_new_one_goes_on_with_its_own_notes()
    {
        TestCluster cluster = TestCluster.Started(configure: static options => options with { AutoCompaction = AutoCompactionMode.Periodic, AutoCompactionPeriod = TimeSpan.FromSeconds(20) });
        ClusterMemberUnderTest first = cluster.Leader;
        cluster.Put(first, "a", "1");
        cluster.RunFor(TimeSpan.FromSeconds(21));
        Assert.Equal([first], cluster.Members.Where(static member => member.Log.Has(Started)));
        cluster.Put(first, "a", "2");
        cluster.RunFor(TimeSpan.FromSeconds(10));
        first.Stop();
        ClusterMemberUnderTest second = cluster.Leader;

        // By its notes the period was over long ago, so the next note will do.
        cluster.RunFor(TimeSpan.FromSeconds(2.1));
        Assert.True(second.Log.Has("completed auto periodic compaction"));
    }

    private static TestMember Member(TimeSpan period) =>
        TestMember.Started(configure: options => options with { AutoCompaction = AutoCompactionMode.Periodic, AutoCompactionPeriod = period });

    /// <summary>Runs until so many seconds after the member was opened, from when its loop counts.</summary>
    private static void RunTo(TestMember member, int second, int step = 1)
    {
        TimeSpan end = TimeSpan.FromHours(1) + TimeSpan.FromSeconds(second);
        do
        {
            Settle(member);
            TimeSpan left = end - member.Clock.GetElapsedTime(0);
            member.Clock.Advance(TimeSpan.FromSeconds(Math.Min(step, left.TotalSeconds)));
            Settle(member);
        }
        while (member.Clock.GetElapsedTime(0) < end);
    }

    private static void Settle(TestMember member)
    {
        while (member.Round())
        {
            // Until all is quiet.
        }
    }

    private static LogField[][] Lines(TestMember member, string message) =>
        [.. member.Log.Lines.Where(line => line.Message == message).Select(static line => line.Fields)];

    private static object? Value(LogField[] line, string name) => line.Single(field => field.Name == name).Value;
}
