using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Client.Tests;

public sealed class WatchPositionTests
{
    [Fact]
    public void A_watch_from_now_on_goes_on_behind_the_revision_at_which_it_was_created()
    {
        WatchPosition position = new(0);
        Assert.Null(position.Take(new WatchResponse { Created = true, Header = At(7) }, tellProgress: true));
        Assert.Equal(8, position.Next);
    }

    [Fact]
    public void A_member_that_lags_behind_does_not_set_a_watch_back()
    {
        WatchPosition position = new(9);
        position.Take(new WatchResponse { Created = true, Header = At(3) }, tellProgress: true);
        Assert.Null(position.Take(new WatchResponse { Header = At(4) }, tellProgress: true));
        Assert.Null(position.Take(Changes(5, fragment: false, 8), tellProgress: true));
        Assert.Equal(9, position.Next);
    }

    [Fact]
    public void Progress_moves_the_place_where_the_watch_goes_on()
    {
        WatchPosition position = new(5);
        Assert.Null(position.Take(new WatchResponse { Header = At(20) }, tellProgress: false));
        Assert.Equal(21, position.Next);
        Assert.Equal(30, position.Take(new WatchResponse { Header = At(30) }, tellProgress: true)!.Revision);
    }

    [Fact]
    public void A_revision_that_comes_in_pieces_is_told_when_it_is_whole_and_what_came_before_at_once()
    {
        WatchPosition position = new(1);
        WatchBatch first = position.Take(Changes(9, fragment: true, 1, 2, 3, 3), tellProgress: false)!;
        Assert.Equal([1L, 2L], first.Events.Select(change => change.Item.ModRevision));
        Assert.Equal(3, position.Next);
        Assert.Null(position.Take(Changes(9, fragment: true, 3), tellProgress: false));
        WatchBatch last = position.Take(Changes(9, fragment: false, 3, 4), tellProgress: false)!;
        Assert.Equal([3L, 3L, 3L, 3L, 4L], last.Events.Select(change => change.Item.ModRevision));
        Assert.Equal(5, position.Next);
    }

    [Fact]
    public void Pieces_of_a_revision_whose_rest_never_came_are_forgotten_with_their_stream()
    {
        WatchPosition position = new(1);
        Assert.Null(position.Take(Changes(9, fragment: true, 1, 1), tellProgress: false));
        position.Reopened();
        Assert.Equal(1, position.Next);
        Assert.Equal(3, position.Take(Changes(9, fragment: false, 1, 1, 1), tellProgress: false)!.Events.Count);
    }

    [Fact]
    public void A_catching_up_server_names_a_revision_that_is_ahead_of_its_events()
    {
        WatchPosition position = new(1);
        Assert.Equal(2, position.Take(Changes(100, fragment: false, 1, 2), tellProgress: false)!.Revision);
        Assert.Equal(3, position.Next);
    }

    private static ResponseHeader At(long revision) => new() { Revision = revision };

    private static WatchResponse Changes(long header, bool fragment, params long[] revisions)
    {
        WatchResponse response = new() { Header = At(header), Fragment = fragment };
        foreach (long revision in revisions)
            response.Events.Add(new Event { Kv = new Protocol.Mvccpb.KeyValue { Key = ByteString.CopyFromUtf8("key"), ModRevision = revision } });
        return response;
    }
}
