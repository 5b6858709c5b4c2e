using Tenet.CommandLine;
using Tenet.Ctl.Members;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Tests.Administration;

public sealed class MemberReportTests
{
    private static readonly ResponseHeader Header = new() { ClusterId = 0xa7ef944b95711739, MemberId = 0xddd67b312462fd7b, RaftTerm = 2 };
    private static readonly Member Started = new() { ID = 0xddd67b312462fd7b, Name = "s1", PeerURLs = { "http://127.0.0.1:12380" }, ClientURLs = { "http://127.0.0.1:12379" } };
    private static readonly Member Learner = new() { ID = 0x1f, PeerURLs = { "http://127.0.0.1:1", "http://127.0.0.1:2" }, IsLearner = true };
    private static readonly MemberListResponse List = new() { Header = Header, Members = { Started, Learner } };

    [Fact]
    public void A_member_without_a_name_has_not_started() => Assert.Equal(
        "ddd67b312462fd7b, started, s1, http://127.0.0.1:12380, http://127.0.0.1:12379, false\n1f, unstarted, , http://127.0.0.1:1,http://127.0.0.1:2, , true\n",
        Printed.As(OutputFormat.Simple, MemberReports.List(List, isHex: false)));

    [Fact]
    public void Members_in_fields_have_no_revision() => Assert.Equal(
        """
        "ClusterID" : 12101053776118486841
        "MemberID" : 15985099378392235387
        "RaftTerm" : 2
        "ID" : 15985099378392235387
        "Name" : "s1"
        "PeerURL" : "http://127.0.0.1:12380"
        "ClientURL" : "http://127.0.0.1:12379"
        "IsLearner" : false

        "ID" : 31
        "Name" : ""
        "PeerURL" : "http://127.0.0.1:1"
        "PeerURL" : "http://127.0.0.1:2"
        "IsLearner" : true


        """,
        Printed.As(OutputFormat.Fields, MemberReports.List(List, isHex: false)));

    [Fact]
    public void Members_in_json_have_numbers_or_hexadecimal_texts()
    {
        Assert.Equal(
            """{"header":{"cluster_id":12101053776118486841,"member_id":15985099378392235387,"raft_term":2},"members":[{"ID":15985099378392235387,"name":"s1","peerURLs":["http://127.0.0.1:12380"],"clientURLs":["http://127.0.0.1:12379"]},{"ID":31,"peerURLs":["http://127.0.0.1:1","http://127.0.0.1:2"],"isLearner":true}]}""" + "\n",
            Printed.As(OutputFormat.Json, MemberReports.List(List, isHex: false)));
        Assert.Equal(
            """{"header":{"cluster_id":"a7ef944b95711739","member_id":"ddd67b312462fd7b","raft_term":2},"members":[{"ID":"ddd67b312462fd7b","name":"s1","peerURLs":["http://127.0.0.1:12380"],"clientURLs":["http://127.0.0.1:12379"]},{"ID":"1f","peerURLs":["http://127.0.0.1:1","http://127.0.0.1:2"],"isLearner":true}]}""" + "\n",
            Printed.As(OutputFormat.Json, MemberReports.List(List, isHex: true), isHex: true));
    }

    [Fact]
    public void An_added_member_is_told_how_to_start()
    {
        MemberAddResponse response = new() { Header = Header, Member = Learner, Members = { Started, Learner } };
        Assert.Equal(
            """
            Member               1f added as learner to cluster a7ef944b95711739

            ETCD_NAME="new"
            ETCD_INITIAL_CLUSTER="s1=http://127.0.0.1:12380,new=http://127.0.0.1:1,new=http://127.0.0.1:2"
            ETCD_INITIAL_ADVERTISE_PEER_URLS="http://127.0.0.1:2,http://127.0.0.1:1"
            ETCD_INITIAL_CLUSTER_STATE="existing"

            """,
            Printed.As(OutputFormat.Simple, MemberReports.Added(response, "new", "http://127.0.0.1:2,http://127.0.0.1:1", isHex: false)));
        CommandException refusal = Assert.Throws<CommandException>(() => Printed.As(OutputFormat.Fields, MemberReports.Added(response, "new", "", isHex: false)));
        Assert.Equal((ExitCode.BadFeature, "fields not supported as output format"), (refusal.ExitCode, refusal.Message));
    }

    [Theory]
    [InlineData("xyz", "bad member ID arg (strconv.ParseUint: parsing \"xyz\": invalid syntax), expecting ID in Hex")]
    [InlineData("-1", "bad member ID arg (strconv.ParseUint: parsing \"-1\": invalid syntax), expecting ID in Hex")]
    [InlineData("", "bad member ID arg (strconv.ParseUint: parsing \"\": invalid syntax), expecting ID in Hex")]
    [InlineData("11112222333344445", "bad member ID arg (strconv.ParseUint: parsing \"11112222333344445\": value out of range), expecting ID in Hex")]
    public void An_argument_that_is_no_id_is_refused(string argument, string message)
    {
        CommandException refusal = Assert.Throws<CommandException>(() => MemberIdentifier.OfOnlyArgument([argument]));
        Assert.Equal((ExitCode.BadArguments, message), (refusal.ExitCode, refusal.Message));
    }

    [Fact]
    public void An_id_is_hexadecimal_with_or_without_leading_zeros() => Assert.Equal(0x1fUL, MemberIdentifier.OfOnlyArgument(["000000000000000000000001F"]));

    [Theory]
    [InlineData("nonsense", "URL scheme must be http, https, unix, or unixs: nonsense")]
    [InlineData("http://name", "URL address does not have the form \"host:port\": http://name")]
    [InlineData("http://127.0.0.1:1,http://127.0.0.1:2/x", "URL must not contain a path: http://127.0.0.1:2/x")]
    public void A_url_that_no_peer_can_have_is_refused(string urls, string message)
    {
        CommandException refusal = Assert.Throws<CommandException>(() => PeerUrls.Parse(urls));
        Assert.Equal((ExitCode.Error, message), (refusal.ExitCode, refusal.Message));
    }

    [Fact]
    public void Peer_urls_go_out_in_order() => Assert.Equal(["http://[::1]:1", "https://b:2", "unix://c"], PeerUrls.Parse("unix://c, https://b:2,http://[::1]:1"));
}
