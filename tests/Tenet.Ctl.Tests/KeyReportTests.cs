using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Leases;
using Tenet.Ctl.Output;
using Tenet.Ctl.Watching;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Tests;

/// <summary>Against captures of etcdctl (contract/api.md, 9.3).</summary>
public sealed class KeyReportTests
{
    private static readonly ResponseHeader Header = new() { ClusterId = 12101053776118486841, MemberId = 15985099378392235387, Revision = 11, RaftTerm = 2 };
    private static readonly KeyValue Pair = new() { Key = Text("a"), Value = Text("2"), CreateRevision = 11, ModRevision = 12, Version = 2 };

    private const string HeaderJson = """{"cluster_id":12101053776118486841,"member_id":15985099378392235387,"revision":11,"raft_term":2}""";

    [Fact]
    public void A_put_as_json() => Assert.Equal(
        $$$"""{"header":{{{HeaderJson}}},"prev_kv":{"key":"YQ==","create_revision":11,"mod_revision":12,"version":2,"value":"Mg=="}}""" + "\n",
        Tool.Print(KeyReports.Put(new() { Header = Header, PrevKv = Pair }), OutputFormat.Json));

    [Fact]
    public void A_get_as_json() => Assert.Equal(
        $$$"""{"header":{{{HeaderJson}}},"kvs":[{"key":"YQ==","create_revision":11,"mod_revision":12,"version":2,"value":"Mg=="}],"count":1}""" + "\n",
        Tool.Print(KeyReports.Get(new() { Header = Header, Kvs = { Pair }, Count = 1 }), OutputFormat.Json));

    [Fact]
    public void A_transaction_as_json_names_what_each_operation_was()
    {
        TxnResponse response = new()
        {
            Header = Header,
            Succeeded = true,
            Responses =
            {
                new ResponseOp { ResponsePut = new() { Header = new() { Revision = 22 } } },
                new ResponseOp { ResponseRange = new() { Header = new() { Revision = 22 }, Count = 1 } },
                new ResponseOp { ResponseDeleteRange = new() { Header = new() { Revision = 22 } } },
            },
        };
        Assert.Equal(
            $$$"""{"header":{{{HeaderJson}}},"succeeded":true,"responses":["""
            + """{"Response":{"response_put":{"header":{"revision":22}}}},"""
            + """{"Response":{"response_range":{"header":{"revision":22},"count":1}}},{"Response":{"response_delete_range":{"header":{"revision":22}}}}]}""" + "\n",
            Tool.Print(KeyReports.Txn(response), OutputFormat.Json));
    }

    [Fact]
    public void A_transaction_in_simple_form_has_a_blank_line_before_each_result()
    {
        TxnResponse response = new() { Responses = { new ResponseOp { ResponsePut = new() { PrevKv = Pair } }, new ResponseOp { ResponseRange = new() { Kvs = { Pair } } }, new ResponseOp { ResponseDeleteRange = new() { Deleted = 3 } } } };
        Assert.Equal("FAILURE\n\nOK\na\n2\n\na\n2\n\n3\n", Tool.Print(KeyReports.Txn(response), OutputFormat.Simple));
    }

    [Fact]
    public void A_get_as_fields() => Assert.Equal(
        """
        "ClusterID" : 12101053776118486841
        "MemberID" : 15985099378392235387
        "Revision" : 11
        "RaftTerm" : 2
        "Key" : "a"
        "CreateRevision" : 11
        "ModRevision" : 12
        "Version" : 2
        "Value" : "2"
        "Lease" : 0
        "More" : false
        "Count" : 1

        """,
        Tool.Print(KeyReports.Get(new() { Header = Header, Kvs = { Pair }, Count = 1 }), OutputFormat.Fields));

    [Fact]
    public void Identifiers_are_hexadecimal_on_demand()
    {
        string text = Tool.Print(KeyReports.Put(new() { Header = Header, PrevKv = new() { Lease = 0x1234 } }), OutputFormat.Fields, hex: true);
        Assert.Contains("\"ClusterID\" : a7ef944b95711739\n\"MemberID\" : ddd67b312462fd7b\n", text);
        Assert.Contains("\"PrevLease\" : 0000000000001234\n", text);
    }

    [Fact]
    public void Keys_leave_as_they_are_or_in_hexadecimal()
    {
        RangeResponse response = new() { Kvs = { new KeyValue { Key = ByteString.CopyFrom(0xff, 0x61), Value = ByteString.CopyFrom(0, 10) } } };
        Assert.Equal("\xff" + "a\n\0\n\n", Tool.Print(KeyReports.Get(response), OutputFormat.Simple));
        Assert.Equal("\\xff\\x61\n\\x00\\x0a\n", Tool.Print(KeyReports.Get(response), OutputFormat.Simple, hex: true));
        Assert.Contains("\"Key\" : \"\\xffa\"\n", Tool.Print(KeyReports.Get(response), OutputFormat.Fields));
    }

    [Fact]
    public void Protobuf_is_the_message_and_nothing_else()
    {
        DeleteRangeResponse response = new() { Header = Header, Deleted = 1 };
        Assert.Equal(System.Text.Encoding.Latin1.GetString(response.ToByteArray()), Tool.Print(KeyReports.Delete(response), OutputFormat.Protobuf));
    }

    [Fact]
    public void Keys_have_no_table()
    {
        CommandException refusal = Assert.Throws<CommandException>(() => Tool.Print(KeyReports.Put(new()), OutputFormat.Table));
        Assert.Equal((ExitCode.BadFeature, "table not supported as output format"), (refusal.ExitCode, refusal.Message));
    }

    [Fact]
    public void Leases_put_the_headers_fields_among_their_own()
    {
        ResponseHeader header = new() { ClusterId = 1, Revision = 21, RaftTerm = 2 };
        Assert.Equal(
            """{"cluster_id":1,"revision":21,"raft_term":2,"ID":9041998806395323170,"TTL":100,"Error":""}""" + "\n",
            Tool.Print(LeaseReports.Grant(new() { Header = header, ID = 9041998806395323170, TTL = 100 }), OutputFormat.Json));
        Assert.Equal(
            """{"cluster_id":1,"revision":21,"raft_term":2,"id":5,"ttl":999,"granted-ttl":1000,"keys":["bGs="]}""" + "\n",
            Tool.Print(LeaseReports.TimeToLive(new() { Header = header, ID = 5, TTL = 999, GrantedTTL = 1000, Keys = { Text("lk") } }, true), OutputFormat.Json));
        Assert.Equal(
            """{"cluster_id":1,"revision":21,"raft_term":2,"id":5,"ttl":-1,"granted-ttl":0,"keys":null}""" + "\n",
            Tool.Print(LeaseReports.TimeToLive(new() { Header = header, ID = 5, TTL = -1 }, false), OutputFormat.Json));
        Assert.Equal("""{"cluster_id":1,"revision":21,"raft_term":2,"leases":[]}""" + "\n", Tool.Print(LeaseReports.List(new() { Header = header }), OutputFormat.Json));
        Assert.Equal(ExitCode.BadFeature, Assert.Throws<CommandException>(() => Tool.Print(LeaseReports.Revoke(5, new()), OutputFormat.Protobuf)).ExitCode);
    }

    [Fact]
    public void The_time_of_a_lease_in_simple_form()
    {
        LeaseTimeToLiveResponse response = new() { ID = 0x7d7ba20202b30318, TTL = 999, GrantedTTL = 1000, Keys = { Text("a"), Text("b") } };
        Assert.Equal("lease 7d7ba20202b30318 granted with TTL(1000s), remaining(999s)\n", Tool.Print(LeaseReports.TimeToLive(response, false), OutputFormat.Simple));
        Assert.Equal("lease 7d7ba20202b30318 granted with TTL(1000s), remaining(999s), attached keys([a b])\n", Tool.Print(LeaseReports.TimeToLive(response, true), OutputFormat.Simple));
        Assert.Equal("lease 00000000deadbeef already expired\n", Tool.Print(LeaseReports.TimeToLive(new() { ID = 0xdeadbeef, TTL = -1 }, true), OutputFormat.Simple));
    }

    [Fact]
    public void A_watch_in_each_format()
    {
        WatchNews news = new(Header, [new Event { Type = Event.Types.EventType.Delete, Kv = new() { Key = Text("wk"), ModRevision = 43 }, PrevKv = Pair }]);
        Assert.Equal("DELETE\na\n2\nwk\n\n", Tool.Print(WatchReports.News(news), OutputFormat.Simple));
        Assert.Equal(
            $$$"""{"Header":{{{HeaderJson}}},"Events":[{"type":1,"kv":{"key":"d2s=","mod_revision":43},"prev_kv":{"key":"YQ==","create_revision":11,"mod_revision":12,"version":2,"value":"Mg=="}}],"CompactRevision":0,"Canceled":false,"Created":false,"CancelReason":""}""" + "\n",
            Tool.Print(WatchReports.News(news), OutputFormat.Json));
        Assert.StartsWith("\"Type\" : DELETE\n\"PrevKey\" : \"a\"\n", Tool.Print(WatchReports.News(news), OutputFormat.Fields).Split("\"RaftTerm\" : 2\n")[1]);
        Assert.Equal(
            """{"Header":null,"Events":null,"CompactRevision":0,"Canceled":true,"Created":false,"CancelReason":""}""" + "\n",
            Tool.Print(WatchReports.News(new(null, []) { Canceled = true }), OutputFormat.Json));
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);
}
