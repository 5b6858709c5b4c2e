using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Watch;
using static Tenet.State.Tests.Watch.WatchFixture;

namespace Tenet.State.Tests.Watch;

/// <summary>What one client of a stream sees, rule by rule (contract/api.md, 2.3).</summary>
public sealed class WatchStreamTests
{
    [Fact]
    public void Ids_are_given_in_order_and_skip_those_in_use()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        foreach (long id in new long[] { 0, 1, 0, 0, -5, 0 })
            stream.Handle(Create("k", id: id));
        Assert.Equal([0, 1, 2, 3, -5, 4], TakeAll(stream).Select(static reply => reply.WatchId));
    }

    [Fact]
    public void An_id_in_use_is_refused_and_its_watcher_stays()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", id: 7));
        stream.Handle(Create("other", id: 7));
        AssertRefused(TakeAll(stream)[1], "mvcc: duplicate watch ID provided on the WatchStream");
        fixture.Put("k", "v");
        fixture.Put("other", "v");
        Assert.Equal("k", TakeOne(stream).Events[0].Kv.Key.ToStringUtf8());
    }

    [Theory]
    [InlineData("b", "a")]
    [InlineData("b", "b")]
    public void An_empty_range_is_refused(string key, string end)
    {
        using WatchStream stream = new WatchFixture().Open();
        stream.Handle(Create(key, end));
        AssertRefused(TakeOne(stream), "mvcc: watcher range is empty");
    }

    [Fact]
    public void A_negative_start_revision_is_refused_before_anything_else()
    {
        using WatchStream stream = new WatchFixture().Open();
        stream.Handle(Create("b", "a", start: -1));
        AssertRefused(TakeOne(stream), "etcdserver: mvcc: required revision has been compacted");
    }

    [Fact]
    public void An_empty_key_stands_for_the_lowest_key()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("", "\0"));
        stream.Handle(Create(""));
        TakeAll(stream);
        fixture.Put("any", "v");
        Assert.Equal(0, TakeOne(stream).WatchId);
        fixture.Put("\0", "v");
        Assert.Equal([0, 1], TakeAll(stream).Select(static reply => reply.WatchId).Order());
    }

    [Fact]
    public void An_empty_request_and_the_cancelling_of_an_unknown_watcher_are_not_answered()
    {
        using WatchStream stream = new WatchFixture().Open();
        stream.Handle(new WatchRequest());
        stream.Handle(Cancel(3));
        Assert.Empty(TakeAll(stream));
    }

    [Fact]
    public void A_canceled_watcher_is_answered_once_and_gets_nothing_more()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k"));
        fixture.Put("k", "v");
        stream.Handle(Cancel(0));
        stream.Handle(Cancel(0));
        fixture.Put("k", "w");
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal(3, replies.Count);
        Assert.True(replies[0].Created);
        Assert.Single(replies[1].Events);
        Assert.True(replies[2].Canceled);
        Assert.Equal("", replies[2].CancelReason);
        Assert.Equal(2, replies[2].Header.Revision);
    }

    [Fact]
    public void A_start_in_the_future_hides_what_comes_before_it()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", start: 4));
        TakeAll(stream);
        fixture.Put("k", "2");
        fixture.Put("k", "3");
        fixture.RunLoop();
        Assert.Empty(TakeAll(stream));
        fixture.Put("k", "4");
        Assert.Equal(4, TakeOne(stream).Header.Revision);
    }

    [Fact]
    public void A_start_in_the_past_is_served_from_history_in_one_response_with_the_present_revision()
    {
        var fixture = new WatchFixture();
        for (int i = 0; i < 20; i++)
            fixture.Put(i % 2 == 0 ? "k" : "other", $"{i}");
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", start: 4));
        TakeAll(stream);
        Assert.Equal(1, fixture.Wakes);
        fixture.RunLoop();
        WatchResponse reply = TakeOne(stream);
        Assert.Equal(21, reply.Header.Revision);
        Assert.Equal([4, 6, 8, 10, 12, 14, 16, 18, 20], reply.Events.Select(static change => change.Kv.ModRevision));
    }

    [Fact]
    public void A_response_from_history_spans_at_most_a_thousand_revisions()
    {
        var fixture = new WatchFixture();
        for (int i = 0; i < 2500; i++)
            fixture.Put("k", $"{i}");
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", start: 2));
        fixture.RunLoop();
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal([0, 1000, 1000, 500], replies.Select(static reply => reply.Events.Count));
    }

    [Fact]
    public void All_events_of_a_transaction_come_in_one_response()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("a", "z"));
        TakeAll(stream);
        fixture.Write(("c", "1"), ("b", "2"), ("zz", "3"), ("d", "4"));
        Assert.Equal(["c", "b", "d"], TakeOne(stream).Events.Select(static change => change.Kv.Key.ToStringUtf8()));
    }

    [Fact]
    public void Filters_drop_events_and_responses_that_would_be_empty()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("a", "z", filters: [0]));
        stream.Handle(Create("a", "z", filters: [1]));
        stream.Handle(Create("a", "z", filters: [0, 1]));
        TakeAll(stream);
        fixture.Put("k", "v");
        Assert.Equal(1, TakeOne(stream).WatchId);
        fixture.Write(("k", null));
        Assert.Equal(0, TakeOne(stream).WatchId);
        fixture.Write(("k", "v"), ("l", "v"));
        fixture.Write(("k", null), ("l", "w"));
        Assert.Equal([(1, 2), (0, 1), (1, 1)], TakeAll(stream).OrderBy(static reply => reply.Header.Revision).ThenBy(static reply => reply.WatchId).Select(static reply => ((int)reply.WatchId, reply.Events.Count)));
    }

    [Fact]
    public void The_replaced_pair_is_left_out_if_it_has_been_compacted()
    {
        var fixture = new WatchFixture();
        fixture.Put("k", "1");
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", previous: true));
        TakeAll(stream);
        fixture.Put("k", "2");
        fixture.History.Compact(3);
        Assert.Null(TakeOne(stream).Events[0].PrevKv);
    }

    [Fact]
    public void A_watcher_of_compacted_history_is_told_and_can_still_be_canceled()
    {
        var fixture = new WatchFixture();
        for (int i = 0; i < 9; i++)
            fixture.Put("k", $"{i}");
        fixture.History.Compact(5);
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", start: 4));
        stream.Handle(Create("k", start: 5, id: 9));
        fixture.RunLoop();
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal(4, replies.Count);
        Assert.True(replies[0].Created);
        WatchResponse canceled = Assert.Single(replies, static reply => reply.Canceled);
        Assert.Equal((0L, 5L, 0L, ""), (canceled.WatchId, canceled.CompactRevision, canceled.Header.Revision, canceled.CancelReason));
        Assert.Equal(6, replies.Single(static reply => reply.Events.Count > 0).Events.Count);

        stream.Handle(Progress());
        Assert.Empty(TakeAll(stream));
        stream.Handle(Create("k", id: 0));
        stream.Handle(Cancel(0));
        Assert.Equal([(1L, false), (0L, true)], TakeAll(stream).Select(static reply => (reply.WatchId, reply.Canceled)));
        stream.Handle(Progress());
        Assert.Equal(-1, TakeOne(stream).WatchId);
    }

    [Fact]
    public void Progress_is_answered_only_if_all_watchers_are_synced_and_none_is_in_the_future()
    {
        var fixture = new WatchFixture();
        fixture.Put("k", "1");
        using WatchStream stream = fixture.Open();
        stream.Handle(Progress());
        Assert.Empty(TakeAll(stream));

        stream.Handle(Create("k", start: 2));
        stream.Handle(Progress());
        Assert.True(TakeOne(stream).Created);
        fixture.RunLoop();
        stream.Handle(Progress());
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal([0L, -1L], replies.Select(static reply => reply.WatchId));
        Assert.Equal(2, replies[1].Header.Revision);

        stream.Handle(Create("other", start: 3));
        TakeAll(stream);
        stream.Handle(Progress());
        Assert.Empty(TakeAll(stream));
        fixture.Put("k", "2");
        TakeAll(stream);
        stream.Handle(Progress());
        Assert.Equal(3, TakeOne(stream).Header.Revision);
    }

    [Fact]
    public void Periodic_progress_comes_an_interval_after_opening_and_skips_watchers_that_had_events()
    {
        var fixture = new WatchFixture(static options => options with { ProgressInterval = TimeSpan.FromSeconds(10) });
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("quiet", progress: true));
        stream.Handle(Create("busy", progress: true));
        stream.Handle(Create("silent"));
        stream.Handle(Create("later", start: 9, progress: true));
        TakeAll(stream);
        fixture.Hub.RunProgress(TimeSpan.FromSeconds(9.99));
        Assert.Empty(TakeAll(stream));

        fixture.Put("busy", "v");
        TakeAll(stream);
        fixture.Hub.RunProgress(TimeSpan.FromSeconds(11));
        WatchResponse progress = TakeOne(stream);
        Assert.Equal((0L, 2L, 0), (progress.WatchId, progress.Header.Revision, progress.Events.Count));
        fixture.Hub.RunProgress(TimeSpan.FromSeconds(12));
        Assert.Empty(TakeAll(stream));
        fixture.Hub.RunProgress(TimeSpan.FromSeconds(22.01));
        Assert.Equal([0, 1], TakeAll(stream).Select(static reply => reply.WatchId));
    }

    [Fact]
    public void A_client_that_does_not_read_is_not_sent_progress_without_end()
    {
        var fixture = new WatchFixture(static options => options with { ProgressInterval = TimeSpan.FromSeconds(1), QueuedMax = 10 });
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k", progress: true));
        for (int i = 1; i <= 1000; i++)
            fixture.Hub.RunProgress(TimeSpan.FromSeconds(2 * i));
        Assert.Equal(10, TakeAll(stream).Count);
    }

    [Fact]
    public void A_long_response_goes_out_in_pieces_to_a_watcher_that_allows_it()
    {
        var fixture = new WatchFixture(static options => options with { FragmentBytes = 1000 });
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("a", "z", fragment: true));
        stream.Handle(Create("a", "z"));
        TakeAll(stream);
        fixture.Write([.. Enumerable.Range(0, 10).Select(static i => ($"k{i}", (string?)new string('v', 300)))]);
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal(10, Assert.Single(replies, static reply => reply.WatchId == 1).Events.Count);

        List<WatchResponse> pieces = [.. replies.Where(static reply => reply.WatchId == 0)];
        Assert.All(pieces, static piece => Assert.True(piece.CalculateSize() < 1000));
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"k{i}"), pieces.SelectMany(static piece => piece.Events).Select(static change => change.Kv.Key.ToStringUtf8()));
        Assert.Equal([true, true, true, false], pieces.Select(static piece => piece.Fragment));
        Assert.All(pieces, piece => Assert.Equal(2, piece.Header.Revision));
    }

    [Fact]
    public void A_single_event_is_never_cut()
    {
        var fixture = new WatchFixture(static options => options with { FragmentBytes = 100 });
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("a", "z", fragment: true));
        TakeAll(stream);
        fixture.Put("k", new string('v', 300));
        Assert.False(TakeOne(stream).Fragment);
        fixture.Write(("k", new string('v', 300)), ("l", new string('v', 300)));
        Assert.Equal([(1, true), (1, false)], TakeAll(stream).Select(static reply => (reply.Events.Count, reply.Fragment)));
    }

    [Fact]
    public void A_client_that_does_not_read_costs_a_bounded_queue_and_loses_nothing()
    {
        var fixture = new WatchFixture(static options => options with { QueuedMax = 8 });
        using WatchStream slow = fixture.Open();
        using WatchStream quick = fixture.Open();
        slow.Handle(Create("k"));
        quick.Handle(Create("k"));
        TakeAll(slow);
        TakeAll(quick);
        for (int i = 0; i < 100; i++)
        {
            fixture.Put("k", $"{i}");
            fixture.RunLoop();
            Assert.Single(TakeOne(quick).Events);
        }

        Assert.Equal(8, fixture.Hub.Statistics.PendingEvents);
        Assert.Equal(1, fixture.Hub.Statistics.SlowWatchers);
        Assert.Equal(0, fixture.Wakes);
        List<WatchResponse> replies = TakeAll(slow);
        Assert.Equal(1, fixture.Wakes);
        fixture.RunLoop();
        replies.AddRange(TakeAll(slow));
        Assert.Equal(Enumerable.Range(2, 100).Select(static i => (long)i), replies.SelectMany(static reply => reply.Events).Select(static change => change.Kv.ModRevision));
        Assert.Equal(0, fixture.Hub.Statistics.SlowWatchers);
        fixture.Put("k", "last");
        Assert.Single(TakeAll(slow));
    }

    [Fact]
    public void The_bytes_that_wait_for_a_client_are_bounded_too()
    {
        var fixture = new WatchFixture(static options => options with { QueuedBytesMax = 10_000 });
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k"));
        fixture.Put("k", new string('v', 50_000));
        fixture.Put("k", new string('w', 50_000));
        Assert.Equal(1, fixture.Hub.Statistics.PendingEvents);
        Assert.Equal(2, TakeAll(stream).Count);
        fixture.RunLoop();
        Assert.Equal(50_000, TakeOne(stream).Events[0].Kv.Value.Length);
    }

    [Fact]
    public void Watchers_of_many_places_in_history_take_turns()
    {
        var fixture = new WatchFixture(static options => options with { CatchUpBytes = 1 });
        for (int i = 0; i < 5000; i++)
            fixture.Put("k", $"{i}");
        using WatchStream far = fixture.Open();
        using WatchStream near = fixture.Open();
        far.Handle(Create("k", start: 2));
        near.Handle(Create("k", start: 5000));
        TakeAll(far);
        TakeAll(near);
        for (int i = 0; i < 4; i++)
            Assert.True(fixture.Hub.RunCatchUp());
        Assert.Equal(2, TakeAll(near).Count);
        Assert.Equal(2, TakeAll(far).Count);
    }

    [Fact]
    public void One_read_of_history_serves_all_watchers_that_are_about_as_far()
    {
        var fixture = new WatchFixture();
        for (int i = 0; i < 500; i++)
            fixture.Put("k", $"{i}");
        using WatchStream stream = fixture.Open();
        for (int i = 0; i < 300; i++)
            stream.Handle(Create("k", start: 2 + i));
        TakeAll(stream);
        Assert.False(fixture.Hub.RunCatchUp());
        Assert.Equal(Enumerable.Range(0, 300).Select(static i => 500 - i), TakeAll(stream).OrderBy(static reply => reply.WatchId).Select(static reply => reply.Events.Count));
    }

    [Fact]
    public async Task A_waiting_writer_is_woken_by_events_and_by_the_end_of_the_stream()
    {
        var fixture = new WatchFixture();
        WatchStream stream = fixture.Open();
        Task<bool> waiting = stream.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        stream.Handle(Create("k"));
        Assert.True(await waiting);
        TakeAll(stream);

        waiting = stream.WaitAsync().AsTask();
        fixture.Put("k", "v");
        Assert.True(await waiting);
        Assert.True(await stream.WaitAsync());
        TakeAll(stream);

        waiting = stream.WaitAsync().AsTask();
        stream.Dispose();
        Assert.False(await waiting);
        Assert.False(await stream.WaitAsync());
        fixture.Put("k", "w");
        Assert.Empty(TakeAll(stream));
        Assert.Equal(default, fixture.Hub.Statistics);
    }

    [Fact]
    public async Task A_client_that_asks_and_does_not_read_is_held_back()
    {
        using WatchStream stream = new WatchFixture().Open();
        for (int i = 0; i < 15; i++)
            stream.Handle(Create("k"));
        Assert.True(stream.WaitForRequestRoomAsync().AsTask().IsCompleted);
        stream.Handle(Create("k"));
        Task room = stream.WaitForRequestRoomAsync().AsTask();
        Assert.False(room.IsCompleted);
        Assert.True(stream.TryTake(out _));
        await room;
    }

    [Fact]
    public void A_compaction_just_before_history_is_read_cancels_the_watcher_without_a_gap()
    {
        (WatchFixture fixture, WatchStream stream) = Behind();
        fixture.History.Meanwhile = () => fixture.History.Compact(4);
        fixture.RunLoop();
        WatchResponse reply = TakeOne(stream);
        Assert.True(reply.Canceled);
        Assert.Equal(4, reply.CompactRevision);
        Assert.Empty(reply.Events);
    }

    [Fact]
    public void A_compaction_just_after_history_was_read_takes_nothing_from_the_watcher()
    {
        (WatchFixture fixture, WatchStream stream) = Behind();
        int calls = 0;
        fixture.History.Meanwhile = () =>
        {
            if (++calls == 2)
                fixture.History.Compact(5);
        };
        fixture.RunLoop();
        Assert.Equal([2, 3, 4, 5], TakeOne(stream).Events.Select(static change => change.Kv.ModRevision));
        fixture.Put("k", "6");
        Assert.Equal(6, TakeOne(stream).Events[0].Kv.ModRevision);
    }

    [Fact]
    public void When_a_snapshot_replaces_the_store_a_watcher_gets_what_its_member_did_not_see_happen_and_goes_on()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k"));
        stream.Handle(Create("k", start: 5));
        stream.Handle(Create("k", start: 9));
        fixture.Put("k", "2");
        TakeAll(stream);
        for (int i = 3; i <= 6; i++)
            fixture.History.Write(("k", $"{i}"));
        int wakes = fixture.Wakes;
        fixture.Replaced();
        Assert.True(fixture.Wakes > wakes);
        Assert.Equal(2, fixture.Hub.Statistics.SlowWatchers);
        fixture.RunLoop();
        List<WatchResponse> replies = TakeAll(stream);
        Assert.Equal([3, 4, 5, 6], replies.Single(static reply => reply.WatchId == 0).Events.Select(static change => change.Kv.ModRevision));
        Assert.Equal([5, 6], replies.Single(static reply => reply.WatchId == 1).Events.Select(static change => change.Kv.ModRevision));
        Assert.Equal(2, replies.Count);
        for (int i = 7; i <= 9; i++)
            fixture.Put("k", $"{i}");
        Assert.Equal([0, 0, 0, 1, 1, 1, 2], TakeAll(stream).Select(static reply => reply.WatchId).Order());
    }

    [Fact]
    public void When_a_snapshot_has_compacted_what_a_watcher_did_not_see_it_is_canceled_as_if_it_had_asked_too_late()
    {
        var fixture = new WatchFixture();
        using WatchStream stream = fixture.Open();
        stream.Handle(Create("k"));
        stream.Handle(Create("k", start: 6));
        fixture.Put("k", "2");
        TakeAll(stream);
        for (int i = 3; i <= 6; i++)
            fixture.History.Write(("k", $"{i}"));
        fixture.History.Compact(4);
        fixture.Replaced();
        fixture.RunLoop();
        List<WatchResponse> replies = TakeAll(stream);
        WatchResponse canceled = replies.Single(static reply => reply.WatchId == 0);
        Assert.True(canceled.Canceled);
        Assert.Equal(4, canceled.CompactRevision);
        Assert.Equal(6, replies.Single(static reply => reply.WatchId == 1).Events.Single().Kv.ModRevision);
    }

    [Fact]
    public void On_one_thread_a_waiting_writer_goes_on_before_the_write_returns_and_may_do_anything()
    {
        // Continuations run where the result is given, not in a queue of the test runner.
        SynchronizationContext.SetSynchronizationContext(null);
        var fixture = new WatchFixture(static options => options with { CompleteOnPool = false });
        WatchStream stream = fixture.Open();
        WatchStream other = fixture.Open();
        stream.Handle(Create("k"));
        TakeAll(stream);
        var seen = new List<long>();
        async Task WriteOutAsync()
        {
            while (await stream.WaitAsync())
            {
                foreach (WatchResponse reply in TakeAll(stream))
                    seen.Add(reply.Header.Revision);
                if (seen.Count == 2)
                    other.Dispose();
                if (seen.Count == 3)
                    stream.Dispose();
            }
        }

        other.Handle(Create("k"));
        TakeAll(other);
        Task writer = WriteOutAsync();
        fixture.Put("k", "1");
        Assert.Equal([2], seen);
        fixture.Put("k", "2");
        Assert.Equal([2, 3], seen);
        fixture.Put("k", "3");
        Assert.Equal([2, 3, 4], seen);
        Assert.True(writer.IsCompletedSuccessfully);
        Assert.Equal(default, fixture.Hub.Statistics);
    }

    [Fact]
    public void A_closed_stream_leaves_nothing_behind()
    {
        var fixture = new WatchFixture(static options => options with { QueuedMax = 1 });
        fixture.Put("k", "0");
        WatchStream stream = fixture.Open();
        stream.Handle(Create("k", id: 1));
        stream.Handle(Create("k", start: 2, id: 2));
        stream.Handle(Create("a", "z", id: 3));
        fixture.Put("k", "1");
        fixture.Put("k", "2");
        Assert.True(fixture.Hub.Statistics.SlowWatchers > 1);
        stream.Dispose();
        Assert.Equal(default, fixture.Hub.Statistics);
        fixture.RunLoop();
        Assert.False(fixture.Hub.HasUnsynced);
    }

    private static void AssertRefused(WatchResponse reply, string reason)
    {
        Assert.True(reply.Created);
        Assert.True(reply.Canceled);
        Assert.Equal(-1, reply.WatchId);
        Assert.Equal(reason, reply.CancelReason);
    }

    // A watcher of a history of four revisions, of which it has seen none.
    private static (WatchFixture Fixture, WatchStream Stream) Behind()
    {
        var fixture = new WatchFixture();
        for (int i = 2; i <= 5; i++)
            fixture.Put("k", $"{i}");
        WatchStream stream = fixture.Open();
        stream.Handle(Create("k", start: 2));
        TakeAll(stream);
        return (fixture, stream);
    }
}
