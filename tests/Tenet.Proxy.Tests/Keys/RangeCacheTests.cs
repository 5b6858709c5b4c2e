using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Keys;
using Tenet.Proxy.Tests.Support;

namespace Tenet.Proxy.Tests.Keys;

public sealed class RangeCacheTests
{
    private readonly RangeCache _cache = new(new ManualClock());

    [Fact]
    public void An_answer_from_before_a_write_that_is_done_is_not_kept()
    {
        KeyRange a = new(Text("a"), ByteString.Empty);
        _cache.Invalidate([a], 0);
        _cache.Invalidate([a], revision: 7);
        _cache.Add(_cache.Era, Text("ask a"), a, At(6));
        Assert.Null(_cache.Find(Text("ask a")));
        _cache.Add(_cache.Era, Text("ask a"), a, At(7));
        Assert.NotNull(_cache.Find(Text("ask a")));
    }

    [Fact]
    public void An_answer_that_was_asked_for_before_everything_was_forgotten_is_not_kept()
    {
        long era = _cache.Era;
        _cache.Clear();
        _cache.Add(era, Text("ask a"), new KeyRange(Text("a"), ByteString.Empty), At(1));
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public void A_write_to_a_range_forgets_what_lies_in_it_and_no_more()
    {
        _cache.Add(_cache.Era, Text("a"), new KeyRange(Text("a"), ByteString.Empty), At(1));
        _cache.Add(_cache.Era, Text("c"), new KeyRange(Text("c"), ByteString.Empty), At(1));
        _cache.Add(_cache.Era, Text("all"), new KeyRange(Text("\0"), Text("\0")), At(1));
        _cache.Invalidate([new KeyRange(Text("a"), Text("b"))], 0);
        Assert.Null(_cache.Find(Text("a")));
        Assert.NotNull(_cache.Find(Text("c")));
        Assert.Null(_cache.Find(Text("all")));
    }

    [Fact]
    public void The_cache_is_bounded()
    {
        for (int i = 0; i < 5_000; i++)
            _cache.Add(_cache.Era, Text($"ask {i}"), new KeyRange(Text($"{i}"), ByteString.Empty), At(1));
        Assert.Equal(2_048, _cache.Count);
        Assert.NotNull(_cache.Find(Text("ask 4999")));
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static RangeResponse At(long revision) => new() { Header = new ResponseHeader { Revision = revision } };
}
