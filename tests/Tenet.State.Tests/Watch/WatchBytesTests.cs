using System.Buffers;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;
using Tenet.State.Watch;

namespace Tenet.State.Tests.Watch;

/// <summary>The bytes on the wire: those that etcd was seen to send (contract/api.md, 1.3), and the generated encoder's.</summary>
public sealed class WatchBytesTests
{
    private const string Identity = "08b9aec4abb989e5f7a701" + "10fbfa8ba392e69eebdd01";

    [Fact]
    public void A_stream_sends_the_bytes_that_etcd_sends()
    {
        var fixture = new WatchFixture();
        fixture.Put("foo", "bar");
        fixture.Put("foo", "baz");
        fixture.Write(("foo", null));
        fixture.History.Compact(3);
        using WatchStream stream = fixture.Open();

        stream.Handle(Parse("0a07" + "0a03666f6f" + "3001"));
        Assert.Equal("0a1a" + Identity + "18042002" + "1801", TakeHex(stream));
        fixture.Put("foo", "1");
        Assert.Equal("0a1a" + Identity + "18052002" + "5a10120e0a03666f6f1005180520012a0131", TakeHex(stream));
        fixture.Put("foo", "2");
        Assert.Equal(
            "0a1a" + Identity + "18062002" + "5a20120e0a03666f6f1005180620022a0132" + "1a0e0a03666f6f1005180520012a0131", TakeHex(stream));
        fixture.Write(("foo", null));
        Assert.Equal("0a1a" + Identity + "18072002" + "5a1b080112070a03666f6f1807" + "1a0e0a03666f6f1005180620022a0132", TakeHex(stream));

        stream.Handle(Parse("1a00"));
        Assert.Equal("0a1a" + Identity + "18072002" + "10ffffffffffffffffff01", TakeHex(stream));

        stream.Handle(Parse("0a09" + "0a03666f6f" + "1801" + "3807"));
        Assert.Equal("0a1a" + Identity + "18072002" + "10071801", TakeHex(stream));
        fixture.RunLoop();
        Assert.Equal("0a18" + Identity + "2002" + "100720012803", TakeHex(stream));
        stream.Handle(Parse("12020807"));
        Assert.Equal("0a1a" + Identity + "18072002" + "10072001", TakeHex(stream));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_reply_is_written_as_the_generated_encoder_writes_it(ulong seed)
    {
        var random = new SeededRandom(seed);
        for (int i = 0; i < 300; i++)
        {
            (WatchReply reply, WatchResponse expected) = RandomReply(random);
            byte[] bytes = expected.ToByteArray();
            Assert.Equal(bytes.Length, WatchReplyCodec.Instance.SizeOf(reply));
            var exact = new byte[bytes.Length];
            WatchReplyCodec.Instance.Write(reply, exact);
            Assert.Equal(bytes, exact);
            var pieces = new ArrayBufferWriter<byte>();
            WatchReplyCodec.Instance.Write(reply, pieces);
            Assert.Equal(bytes, pieces.WrittenSpan.ToArray());
        }
    }

    private static (WatchReply Reply, WatchResponse Message) RandomReply(SeededRandom random)
    {
        var history = new ModelHistory();
        var message = new WatchResponse
        {
            Header = new ResponseHeader { ClusterId = Number(random), MemberId = Number(random), RaftTerm = Number(random), Revision = (long)Number(random) },
            WatchId = (long)Number(random),
            Created = random.Chance(0.3),
            Canceled = random.Chance(0.3),
            CompactRevision = (long)Number(random),
            CancelReason = random.Chance(0.7) ? "" : new string('ü', random.Next(200)),
            Fragment = random.Chance(0.3),
        };
        bool previous = random.Chance(0.5);
        var events = new List<WatchEvent>();
        for (int i = random.Next(4); i > 0; i--)
        {
            bool deletes = random.Chance(0.3);
            foreach (MvccEvent change in history.Write(("key" + random.Next(2), deletes ? null : new string('v', random.Next(300)))))
            {
                var shared = new WatchEvent(change);
                shared.LoadPrevious(history);
                events.Add(shared);
                message.Events.Add(new Event
                {
                    Type = change.IsDelete ? Event.Types.EventType.Delete : Event.Types.EventType.Put,
                    Kv = change.ToKeyValue(),
                    PrevKv = previous ? history.At(change.ToKeyValue().Key.ToStringUtf8(), change.Revision.Main - 1) : null,
                });
            }
        }

        var reply = new WatchReply(message.WatchId, message.Header.Revision)
        {
            ClusterId = message.Header.ClusterId,
            MemberId = message.Header.MemberId,
            RaftTerm = message.Header.RaftTerm,
            Created = message.Created,
            Canceled = message.Canceled,
            CompactRevision = message.CompactRevision,
            CancelReason = message.CancelReason,
            Fragment = message.Fragment,
            Events = new ArraySegment<WatchEvent>([.. events]),
            WithPrevious = previous,
        };
        return (reply, message);
    }

    private static ulong Number(SeededRandom random) => random.Chance(0.3) ? 0 : random.NextUInt64() >> random.Next(64);

    private static WatchRequest Parse(string hex) => WatchRequest.Parser.ParseFrom(Convert.FromHexString(hex));

    private static string TakeHex(WatchStream stream)
    {
        Assert.True(stream.TryTake(out WatchReply reply));
        var bytes = new byte[WatchReplyCodec.Instance.SizeOf(reply)];
        WatchReplyCodec.Instance.Write(reply, bytes);
        Assert.False(stream.TryTake(out _));
        return Convert.ToHexStringLower(bytes);
    }
}
