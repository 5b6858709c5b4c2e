using System.Buffers;
using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Protocol.Tests.Messages;

/// <summary>The bytes captured from a real etcd (contract/api.md, 1.3), against the messages that they are.</summary>
public class WorkedBytesTests
{
    private const string Ids = "08b9aec4abb989e5f7a70110fbfa8ba392e69eebdd01";

    [Fact]
    public void Put()
    {
        Check(new PutRequest { Key = Text("foo"), Value = Text("bar") }, "0a03666f6f1203626172");
        Check(new PutResponse { Header = Header(2) }, Head(2));
    }

    [Fact]
    public void Range()
    {
        Check(new RangeRequest { Key = Text("foo") }, "0a03666f6f");
        Check(
            new RangeResponse { Header = Header(2), Kvs = { Pair("foo", "bar", 2, 2, 1) }, Count = 1 },
            Head(2) + "12100a03666f6f1002180220012a036261722001");
    }

    [Fact]
    public void Range_of_everything_with_keys_only()
    {
        Check(new RangeRequest { Key = Text("\0"), RangeEnd = Text("\0"), Limit = 1, KeysOnly = true }, "0a010012010018014001");
        Check(
            new RangeResponse { Header = Header(2), Kvs = { Pair("foo", "", 2, 2, 1) }, Count = 1 },
            Head(2) + "120b0a03666f6f1002180220012001");
    }

    [Fact]
    public void Txn()
    {
        Check(
            new TxnRequest
            {
                Compare =
                {
                    new Compare { Target = Compare.Types.CompareTarget.Value, Key = Text("foo"), Value = Text("bar") },
                },
                Success =
                {
                    new RequestOp { RequestPut = new PutRequest { Key = Text("foo"), Value = Text("baz"), PrevKv = true } },
                    new RequestOp { RequestRange = new RangeRequest { Key = Text("foo") } },
                },
            },
            // Result EQUAL (0) was sent explicitly by the capturing client inside its compare.
            "0a0c10031a03666f6f3a03626172120e120c0a03666f6f120362617a200112070a050a03666f6f");
        Check(
            new TxnResponse
            {
                Header = Header(3),
                Succeeded = true,
                Responses =
                {
                    new ResponseOp
                    {
                        ResponsePut = new PutResponse { Header = new ResponseHeader { Revision = 3 }, PrevKv = Pair("foo", "bar", 2, 2, 1) },
                    },
                    new ResponseOp
                    {
                        ResponseRange = new RangeResponse
                        {
                            Header = new ResponseHeader { Revision = 3 },
                            Kvs = { Pair("foo", "baz", 2, 3, 2) },
                            Count = 1,
                        },
                    },
                },
            },
            Head(3) + "1001" + "1a18" + "12160a02180312100a03666f6f1002180220012a03626172" + "1a1a0a180a02180312100a03666f6f1002180320022a0362617a2001");
    }

    [Fact]
    public void An_explicitly_sent_default_is_read_like_an_absent_one()
    {
        TxnRequest captured = TxnRequest.Parser.ParseFrom(Convert.FromHexString(
            "0a0e080010031a03666f6f3a03626172120e120c0a03666f6f120362617a200112070a050a03666f6f"));
        Assert.Equal(Compare.Types.CompareResult.Equal, captured.Compare[0].Result);
        Assert.Equal("bar", captured.Compare[0].Value.ToStringUtf8());
    }

    [Fact]
    public void DeleteRange_and_Compact()
    {
        Check(new DeleteRangeRequest { Key = Text("foo") }, "0a03666f6f");
        Check(new DeleteRangeResponse { Header = Header(4), Deleted = 1 }, Head(4) + "1001");
        Check(new CompactionRequest { Revision = 3 }, "0803");
        Check(new CompactionResponse { Header = Header(4) }, Head(4));
    }

    [Fact]
    public void Leases()
    {
        Check(new LeaseGrantRequest { TTL = 10, ID = 7 }, "080a1007");
        Check(new LeaseGrantResponse { Header = Header(4), ID = 7, TTL = 10 }, Head(4) + "1007180a");
        Check(new LeaseTimeToLiveRequest { ID = 99 }, "0863");
        Check(new LeaseTimeToLiveResponse { Header = Header(4), ID = 99, TTL = -1 }, Head(4) + "106318ffffffffffffffffff01");
    }

    [Fact]
    public void Watch()
    {
        Check(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Text("foo"), PrevKv = true } }, "0a070a03666f6f3001");
        Check(new WatchResponse { Header = Header(4), Created = true }, Head(4) + "1801");
        Check(
            new WatchResponse { Header = Header(5), Events = { new Event { Kv = Pair("foo", "1", 5, 5, 1) } } },
            Head(5) + "5a10120e0a03666f6f1005180520012a0131");
        Check(
            new WatchResponse { Header = Header(6), Events = { new Event { Kv = Pair("foo", "2", 5, 6, 2), PrevKv = Pair("foo", "1", 5, 5, 1) } } },
            Head(6) + "5a20120e0a03666f6f1005180620022a01321a0e0a03666f6f1005180520012a0131");
        Check(
            new WatchResponse
            {
                Header = Header(7),
                Events =
                {
                    new Event
                    {
                        Type = Event.Types.EventType.Delete,
                        Kv = new KeyValue { Key = Text("foo"), ModRevision = 7 },
                        PrevKv = Pair("foo", "2", 5, 6, 2),
                    },
                },
            },
            Head(7) + "5a1b080112070a03666f6f18071a0e0a03666f6f1005180620022a0132");
    }

    [Fact]
    public void Watch_control_messages()
    {
        Check(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, "1a00");
        Check(new WatchResponse { Header = Header(7), WatchId = -1 }, Head(7) + "10ffffffffffffffffff01");
        Check(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Text("foo"), StartRevision = 1, WatchId = 7 } },
            "0a090a03666f6f18013807");
        Check(
            new WatchResponse { Header = HeaderWithoutRevision(), WatchId = 7, Canceled = true, CompactRevision = 3 },
            $"0a18{Ids}2002" + "100720012803");
        Check(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 7 } }, "12020807");
        Check(new WatchResponse { Header = Header(7), WatchId = 7, Canceled = true }, Head(7) + "10072001");
    }

    private static void Check<T>(T message, string hex)
        where T : class, IMessage<T>, new()
    {
        ProtobufCodec<T> codec = ProtobufCodec<T>.Instance;
        byte[] bytes = Convert.FromHexString(hex);

        Assert.Equal(bytes.Length, codec.SizeOf(message));
        byte[] span = new byte[bytes.Length];
        codec.Write(message, span);
        Assert.Equal(hex, Convert.ToHexStringLower(span));

        var pieces = new ArrayBufferWriter<byte>();
        codec.Write(message, pieces);
        Assert.Equal(hex, Convert.ToHexStringLower(pieces.WrittenSpan));

        Assert.Equal(message, codec.Read(new ReadOnlySequence<byte>(bytes)));
    }

    private static string Head(int revision) => $"0a1a{Ids}18{revision:x2}2002";

    private static ResponseHeader Header(long revision)
    {
        ResponseHeader header = HeaderWithoutRevision();
        header.Revision = revision;
        return header;
    }

    private static ResponseHeader HeaderWithoutRevision() =>
        new() { ClusterId = 0xa7ef944b95711739, MemberId = 0xddd67b312462fd7b, RaftTerm = 2 };

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static KeyValue Pair(string key, string value, long created, long modified, long version) =>
        new() { Key = Text(key), Value = Text(value), CreateRevision = created, ModRevision = modified, Version = version };
}
