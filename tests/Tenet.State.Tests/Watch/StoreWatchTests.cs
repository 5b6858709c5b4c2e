using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Tests.Apply;
using Tenet.State.Watch;
using static Tenet.State.Tests.Watch.WatchFixture;

namespace Tenet.State.Tests.Watch;

/// <summary>Watchers of the real store: what is written arrives as it was written, now and from history.</summary>
public sealed class StoreWatchTests : IDisposable
{
    private readonly StateFixture _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void A_watcher_of_history_gets_what_a_watcher_of_the_present_got()
    {
        WatchHub hub = Hub();
        using WatchStream present = hub.OpenStream(TimeSpan.Zero);
        present.Handle(Create("a", "z", previous: true));
        TakeAll(present);
        _state.Grant(1, 10);
        _state.Put("b", "1", lease: 1);
        _state.Put("a", "1", lease: 1);
        _state.Put("b", "2", lease: 1);
        _state.Delete("a");
        _state.Delete("nothing");
        _state.Put("a", "3", lease: 1);
        _state.Backend.CommitNow();
        _state.Put("c", "4");
        _state.Revoke(1);
        List<WatchResponse> live = TakeAll(present);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8], live.Select(static reply => reply.Header.Revision));
        Assert.Equal(["a", "b"], live[^1].Events.Select(static change => change.Kv.Key.ToStringUtf8()));
        Assert.Equal(["3", "2"], live[^1].Events.Select(static change => change.PrevKv.Value.ToStringUtf8()));

        using WatchStream past = hub.OpenStream(TimeSpan.Zero);
        past.Handle(Create("a", "z", start: 1, previous: true));
        TakeAll(past);
        while (hub.RunCatchUp())
        {
        }

        WatchResponse caughtUp = TakeOne(past);
        Assert.Equal(8, caughtUp.Header.Revision);
        Assert.Equal(live.SelectMany(static reply => reply.Events), caughtUp.Events);
    }

    [Fact]
    public void Events_at_the_compact_revision_and_later_are_still_there_and_earlier_ones_are_refused()
    {
        WatchHub hub = Hub();
        for (int i = 2; i <= 6; i++)
            _state.Put("k", $"{i}");
        _state.Delete("k");
        _state.Put("k", "8");
        _state.Compact(6);
        while (_state.Store.HasCompactionWork)
            _state.Store.RunCompactionBatch(100);

        using WatchStream stream = hub.OpenStream(TimeSpan.Zero);
        stream.Handle(Create("k", start: 6, previous: true));
        stream.Handle(Create("k", start: 5));
        while (hub.RunCatchUp())
        {
        }

        List<WatchResponse> replies = TakeAll(stream);
        Event[] events = [.. replies.Single(static reply => reply.Events.Count > 0).Events];
        Assert.Equal([6, 7, 8], events.Select(static change => change.Kv.ModRevision));
        Assert.Null(events[0].PrevKv);
        Assert.Equal("6", events[1].PrevKv.Value.ToStringUtf8());
        Assert.Null(events[2].PrevKv);
        Assert.Equal(6, replies.Single(static reply => reply.Canceled).CompactRevision);
    }

    [Fact]
    public void A_watcher_of_a_member_that_is_sent_a_snapshot_gets_what_a_watcher_of_the_leader_gets()
    {
        using StateFixture leader = InstallTests.Begin();
        using StateFixture follower = InstallTests.Begin();
        WatchHub there = Hub(leader);
        WatchHub here = Hub(follower);
        using WatchStream expected = there.OpenStream(TimeSpan.Zero);
        using WatchStream actual = here.OpenStream(TimeSpan.Zero);
        expected.Handle(Create("a", "z", previous: true));
        actual.Handle(Create("a", "z", previous: true));
        TakeAll(expected);
        TakeAll(actual);
        foreach (StateFixture state in (StateFixture[])[leader, follower])
        {
            state.Put("a", "1");
            state.Put("b", "1");
        }

        for (int i = 0; i < 50; i++)
        {
            leader.Put($"k{i % 5}", $"{i}");
            if (i % 7 == 0)
                leader.Delete("k", "l");
        }

        follower.Install(leader.Image(), leader);
        leader.Put("c", "after");
        follower.Put("c", "after");
        while (here.RunCatchUp())
        {
        }

        leader.Put("d", "later");
        follower.Put("d", "later");
        Assert.Equal(
            TakeAll(expected).SelectMany(static reply => reply.Events).ToList(), TakeAll(actual).SelectMany(static reply => reply.Events).ToList());
    }

    private WatchHub Hub() => Hub(_state);

    private static WatchHub Hub(StateFixture state)
    {
        var hub = new WatchHub(state.Store, new WatchHubOptions { ClusterId = 1, MemberId = 2, RaftTerm = static () => 3 });
        state.Store.Observer = hub;
        return hub;
    }
}
