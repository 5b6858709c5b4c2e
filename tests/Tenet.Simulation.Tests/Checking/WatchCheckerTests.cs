using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

public sealed class WatchCheckerTests
{
    private readonly KvModel _model = new();

    // Revision 2 puts a, 3 puts a and b at once, 4 deletes a, 5 puts b.
    public WatchCheckerTests()
    {
        Write("a");
        Write("a", "b");
        Assert.Null(_model.Append(ModelExecution.Run(_model, new DeleteRangeRequest { Key = Utf8("a") }, 3).Changes));
        Write("b");
    }

    [Fact]
    public void All_events_in_order_are_accepted_in_one_response_or_in_several()
    {
        Assert.Null(Check(Watch(2), Created(5), Events(5, Due(2), Due(3), Due(4), Due(5))));
        Assert.Null(Check(Watch(2), Created(5), Events(2, Due(2)), Events(3, Due(3)), Progress(3), Events(5, Due(4), Due(5)), Progress(5)));
    }

    [Fact]
    public void A_watcher_without_a_start_begins_after_the_revision_it_was_created_at() =>
        Assert.Null(Check(Watch(0), Created(3), Events(4, Due(4)), Events(5, Due(5))));

    [Fact]
    public void A_missing_event_is_found() => AssertFound("due is", Watch(2), Created(5), Events(2, Due(2)), Events(4, Due(4)));

    [Fact]
    public void An_event_sent_twice_is_found() => AssertFound("due is", Watch(2), Created(5), Events(2, Due(2)), Events(2, Due(2)));

    [Fact]
    public void A_torn_revision_is_found() => AssertFound("torn", Watch(2), Created(5), Events(2, Due(2)), Events(3, [Due(3)[0]]));

    [Fact]
    public void A_revision_may_come_in_fragments_if_that_was_asked_for()
    {
        WatchResponse first = Events(3, [Due(3)[0]]);
        first.Fragment = true;
        WatchRecord watch = Watch(3);
        AssertFound("not asked for", watch, Created(5), first, Events(3, [Due(3)[1]]));
        watch.Request.Fragment = true;
        watch.Responses.Clear();
        Assert.Null(Check(watch, Created(5), first, Events(3, [Due(3)[1]])));
    }

    [Fact]
    public void Progress_ahead_of_an_event_is_found() => AssertFound("ahead of", Watch(2), Created(5), Events(2, Due(2)), Progress(3));

    [Fact]
    public void A_header_behind_its_events_is_found() => AssertFound("header", Watch(2), Created(5), Events(1, Due(2)));

    [Fact]
    public void A_watcher_that_is_never_created_is_found_unless_it_had_no_time()
    {
        WatchRecord watch = Watch(6);
        Assert.Null(Check(watch));
        watch.MustReach = 5;
        AssertFound("never created", watch);
    }

    [Fact]
    public void A_watcher_that_never_gets_the_last_event_is_found()
    {
        WatchRecord watch = Watch(2);
        watch.MustReach = 4;
        AssertFound("never got", watch, Created(5), Events(2, Due(2)), Events(3, Due(3)));
    }

    [Fact]
    public void Filtered_events_are_not_due()
    {
        WatchRecord watch = Watch(2);
        watch.Request.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        watch.MustReach = 5;
        Assert.Null(Check(watch, Created(5), Events(4, Due(4))));
    }

    [Fact]
    public void Previous_pairs_must_be_those_of_the_revision_before()
    {
        WatchRecord watch = Watch(4);
        watch.Request.PrevKv = true;
        Event deletion = Due(4)[0].Clone();
        AssertFound("previous pair", watch, Created(5), Events(4, [deletion]));
        watch.Responses.Clear();
        deletion.PrevKv = _model.Find(Utf8("a"), 3);
        Assert.Null(Check(watch, Created(5), Events(4, [deletion])));
        watch.Responses.Clear();
        deletion.PrevKv = _model.Find(Utf8("a"), 2);
        AssertFound("previous pair", watch, Created(5), Events(4, [deletion]));
    }

    [Fact]
    public void A_cancellation_for_compaction_must_be_true()
    {
        var canceled = new WatchResponse { Canceled = true, CompactRevision = 4, Header = new ResponseHeader() };
        AssertFound("nobody has compacted", Watch(2), Created(5), canceled);
        Assert.Null(WatchChecker.Check(With(Watch(2), Created(5), canceled), _model, [4]));
        Assert.NotNull(WatchChecker.Check(With(Watch(4), Created(5), canceled), _model, [4]));
    }

    private static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);

    private static WatchRecord Watch(long start) =>
        new() { Request = new WatchCreateRequest { Key = Utf8("a"), RangeEnd = Utf8("c"), StartRevision = start } };

    private static WatchResponse Created(long revision) => new() { Created = true, Header = new ResponseHeader { Revision = revision } };

    private static WatchResponse Progress(long revision) => new() { WatchId = -1, Header = new ResponseHeader { Revision = revision } };

    private static WatchResponse Events(long revision, params IReadOnlyList<Event>[] events) =>
        new() { Header = new ResponseHeader { Revision = revision }, Events = { events.SelectMany(static part => part) } };

    private static WatchRecord With(WatchRecord watch, params WatchResponse[] responses)
    {
        watch.Responses.AddRange(responses);
        return watch;
    }

    private IReadOnlyList<Event> Due(long revision) => _model.ChangesAt(revision);

    private Violation? Check(WatchRecord watch, params WatchResponse[] responses) => WatchChecker.Check(With(watch, responses), _model, []);

    private void AssertFound(string words, WatchRecord watch, params WatchResponse[] responses) =>
        Assert.Contains(words, Check(watch, responses)?.Message, StringComparison.Ordinal);

    private void Write(params string[] keys)
    {
        var txn = new TxnRequest();
        foreach (string key in keys)
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Utf8(key), Value = Utf8($"v{_model.Revision}") } });
        Assert.Null(_model.Append(ModelExecution.Run(_model, txn, _model.Revision).Changes));
    }
}
