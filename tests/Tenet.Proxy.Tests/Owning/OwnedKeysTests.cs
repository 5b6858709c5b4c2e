using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Proxy.Keys;
using Tenet.Proxy.Owning;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Owning;

public sealed class OwnedKeysTests
{
    private const long Lease = 7;
    private static readonly ByteString Key = B("a");

    private readonly ManualClock _clock = new();
    private readonly OwnedKeys _owned;

    public OwnedKeysTests()
    {
        _owned = new OwnedKeys(new LeasingKeys("", "own/"), TimeSpan.FromSeconds(2), _clock);
        _owned.Live(Lease, _clock.GetTimestamp(), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void What_is_handed_back_is_not_answered_any_more_and_rests()
    {
        Own(revision: 5);
        // Of an earlier time that it was owned.
        _owned.HandBack(Key, 4);
        Assert.NotNull(_owned.Find(Key));
        _owned.HandBack(Key, 5);
        Assert.Null(_owned.Find(Key));
        Assert.Null(_owned.Ask(Key, out _));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(_owned.Ask(Key, out _));
    }

    [Fact]
    public void An_answer_that_comes_after_the_key_was_handed_back_is_not_kept()
    {
        Question question = _owned.Ask(Key, out _)!.Value;
        _owned.HandBack(Key, 5);
        _owned.Answered(question, 5, Answer());
        Assert.Null(_owned.Find(Key));
    }

    [Fact]
    public void An_answer_that_comes_after_the_key_was_lost_is_not_kept()
    {
        Question question = _owned.Ask(Key, out _)!.Value;
        _owned.LostAt(Key, 6);
        _owned.Answered(question, 5, Answer());
        Assert.Null(_owned.Find(Key));

        _clock.Advance(TimeSpan.FromSeconds(2));
        question = _owned.Ask(Key, out _)!.Value;
        _owned.LostAt(Key, 6);
        _owned.Answered(question, 7, Answer());
        Assert.NotNull(_owned.Find(Key));
    }

    [Fact]
    public void An_answer_of_a_session_that_is_over_is_not_kept()
    {
        Question question = _owned.Ask(Key, out _)!.Value;
        _owned.End();
        _owned.Live(8, _clock.GetTimestamp(), TimeSpan.FromSeconds(60));
        _owned.Answered(question, 5, Answer());
        Assert.Null(_owned.Find(Key));
        Assert.True(_owned.IsOwn(Lease));
    }

    [Fact]
    public void Nothing_is_answered_while_it_is_written_nor_kept_of_what_was_asked_for_before()
    {
        Own(revision: 5);
        PendingWrite write = _owned.BeginWrite([new KeyRange(Key, ByteString.Empty)]);
        Assert.Equal(6, Assert.Single(write.Guards).CreateRevision);
        Assert.Null(_owned.Find(Key));
        Assert.Null(_owned.Ask(Key, out _));
        Assert.Empty(_owned.EndWrite(write, isCertain: true));
        Assert.Null(_owned.Find(Key));

        Question question = _owned.Ask(Key, out _)!.Value;
        _owned.EndWrite(_owned.BeginWrite([new KeyRange(Key, ByteString.Empty)]), isCertain: true);
        _owned.Answered(question, 5, Answer());
        Assert.Null(_owned.Find(Key));
        Own(revision: 5);
    }

    [Fact]
    public void A_write_of_which_nobody_knows_what_became_ends_the_ownership()
    {
        Own(revision: 5);
        PendingWrite write = _owned.BeginWrite([new KeyRange(Key, ByteString.Empty)]);
        Assert.Equal(5, Assert.Single(_owned.EndWrite(write, isCertain: false)).Revision);
        Assert.False(_owned.Owns(Key, 5));
    }

    [Fact]
    public void A_range_that_is_written_holds_no_owned_key_and_gets_none_meanwhile()
    {
        Own(revision: 5);
        PendingWrite write = _owned.BeginWrite([new KeyRange(B("a"), B("c"))]);
        Compare guard = Assert.Single(write.Guards);
        Assert.Equal(("own/a", "own/c", 1L), (guard.Key.ToStringUtf8(), guard.RangeEnd.ToStringUtf8(), guard.CreateRevision));
        Assert.Null(_owned.Find(Key));
        Assert.Null(_owned.Ask(B("b"), out _));
        _owned.EndWrite(write, isCertain: true);
        Assert.NotNull(_owned.Ask(B("b"), out _));
    }

    [Fact]
    public void Whoever_owns_too_much_hands_something_back()
    {
        OwnedKey? makesRoom = null;
        int count = 0;
        for (; makesRoom is null; count++)
        {
            Assert.True(count < 100_000);
            Question question = _owned.Ask(B($"k{count}"), out makesRoom)!.Value;
            _owned.Answered(question, 5, Answer());
        }
        Assert.Null(_owned.Find(makesRoom.Key));
        Assert.Equal(5, makesRoom.Revision);
        Assert.NotNull(_owned.Find(B($"k{count - 1}")));
    }

    [Fact]
    public void Leasing_keys_lie_in_the_namespace_and_their_ranges_end_there()
    {
        LeasingKeys keys = new("ns/", "own/");
        Assert.Equal(new KeyRange(B("ns/own/"), B("ns/own0")), keys.All);
        Assert.Equal(new KeyRange(B("ns/own/a"), ByteString.Empty), keys.Of(new KeyRange(B("ns/a"), ByteString.Empty)));
        Assert.Equal(new KeyRange(B("ns/own/a"), B("ns/own/b")), keys.Of(new KeyRange(B("ns/a"), B("ns/b"))));
        Assert.Equal(new KeyRange(B("ns/own/a"), B("ns/own0")), keys.Of(new KeyRange(B("ns/a"), B("ns0"))));
        Assert.Equal(B("ns/a"), keys.KeyOf(B("ns/own/a")));
        Assert.Equal(new KeyRange(B("own/a"), B("own0")), new LeasingKeys("", "own/").Of(new KeyRange(B("a"), B("\0"))));
    }

    private void Own(long revision)
    {
        _owned.Answered(_owned.Ask(Key, out _)!.Value, revision, Answer());
        Assert.NotNull(_owned.Find(Key));
    }

    private static RangeResponse Answer() => new() { Kvs = { new KeyValue { Key = Key, Value = B("1") } }, Count = 1 };
}
