using System.Text;
using Tenet.Foundation;
using Tenet.State.Members;

namespace Tenet.State.Tests.Members;

/// <summary>JSON that other members and other versions read, as etcd was seen to write it (contract/consensus.md, 6.2; contract/storage.md, 3.4 and 5.7).</summary>
public sealed class MemberJsonTests
{
    [Fact]
    public void A_member_is_written_as_etcd_stores_it()
    {
        var member = new ClusterMember(3319814642761637952, ["http://127.0.0.1:23800"], false, "n1", ["http://127.0.0.1:23790"]);
        Assert.Equal(
            """{"id":3319814642761637952,"peerURLs":["http://127.0.0.1:23800"],"name":"n1","clientURLs":["http://127.0.0.1:23790"]}""", Text(MemberJson.Write(member)));
        Assert.Equal("2e1259d415f2a040", member.HexId);
    }

    [Fact]
    public void A_learner_that_has_not_started_is_written_without_name_and_client_urls()
    {
        var member = new ClusterMember(8401531778583215406, ["http://127.0.0.1:13384"], true, "", []);
        Assert.Equal("""{"id":8401531778583215406,"peerURLs":["http://127.0.0.1:13384"],"isLearner":true}""", Text(MemberJson.Write(member)));
    }

    [Fact]
    public void A_promotion_is_written_as_etcd_proposes_it() =>
        Assert.Equal("""{"id":8401531778583215406,"peerURLs":null,"isPromote":true}""", Text(MemberJson.WritePromotion(8401531778583215406)));

    [Fact]
    public void Names_are_escaped_as_Go_escapes_them()
    {
        var member = new ClusterMember(1, ["http://a"], false, "a&b<c>\"\\\u2028\u0001\n\t\b\fé😀\u007f", []);
        byte[] json = MemberJson.Write(member);
        Assert.Equal(
            "{\"id\":1,\"peerURLs\":[\"http://a\"],\"name\":\"a\\u0026b\\u003cc\\u003e\\\"\\\\\\u2028\\u0001\\n\\t\\b\\fé😀\u007f\"}", Text(json));
        Assert.Equal(member.Name, MemberJson.ReadContext(json, "test").Member.Name);
    }

    [Theory]
    [InlineData("""{"id":18446744073709551615,"peerURLs":["http://a","http://b"],"name":"n2"}""", ulong.MaxValue, 2, false)]
    [InlineData("""{"id":1,"peerURLs":null,"isPromote":true}""", 1, 0, true)]
    [InlineData("""{"id":1,"peerURLs":[],"unknown":{"a":[1]},"isPromote":false}""", 1, 0, false)]
    public void A_context_is_read(string json, ulong id, int urls, bool promote)
    {
        MemberContext context = MemberJson.ReadContext(Encoding.UTF8.GetBytes(json), "test");
        Assert.Equal((id, urls, promote), (context.Member.Id, context.Member.PeerUrls.Count, context.IsPromote));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":-1}""")]
    [InlineData("""{"id":1.5}""")]
    [InlineData("""{"id":"1"}""")]
    [InlineData("""{"id":1,"peerURLs":"http://a"}""")]
    [InlineData("""{"id":1,"name":7}""")]
    public void What_is_no_member_is_refused_with_its_place(string json)
    {
        CorruptionException failure = Assert.Throws<CorruptionException>(() => MemberJson.ReadContext(Encoding.UTF8.GetBytes(json), "the place"));
        Assert.Equal("the place", failure.File);
    }

    [Fact]
    public void Downgrade_and_configuration_are_written_as_etcd_stores_them()
    {
        Assert.Equal("""{"target-version":"3.4.0","enabled":true}""", Text(MemberJson.Write(new DowngradeInfo(true, "3.4.0"))));
        Assert.Equal("""{"target-version":"","enabled":false}""", Text(MemberJson.Write(DowngradeInfo.None)));
        Assert.Equal(
            """{"voters":[3319814642761637952],"auto_leave":false}""", Text(MemberJson.WriteConfState([3319814642761637952], [], [], [], false)));
        Assert.Equal(
            """{"voters":[3319814642761637952],"learners":[8166116419435849854],"auto_leave":false}""",
            Text(MemberJson.WriteConfState([3319814642761637952], [8166116419435849854], [], [], false)));
        Assert.Equal(
            """{"voters":[1,2],"voters_outgoing":[1,3],"learners_next":[3],"auto_leave":true}""", Text(MemberJson.WriteConfState([1, 2], [], [1, 3], [3], true)));
    }

    [Fact]
    public void Ids_follow_the_recipe_that_running_clusters_show()
    {
        Assert.Equal(0x822a8f1a5be16697UL, MemberIdentity.MemberId(["http://127.0.0.1:13381"], "tok-1"));
        Assert.Equal(0x732fe94bb7b7fb83UL, MemberIdentity.ClusterId([0x83045cb001f95f46, 0x22b68db6b66424ab, 0x822a8f1a5be16697]));
        Assert.Equal(0x74983ca3af9bbd2eUL, MemberIdentity.MemberId(["http://127.0.0.1:13384"], "", 1795328644));
        Assert.Equal(
            MemberIdentity.MemberId(["http://a:1", "http://b:1"], "t"), MemberIdentity.MemberId(["http://b:1", "http://a:1"], "t"));
    }

    [Fact]
    public void A_snapshot_document_lists_every_member_with_full_paths()
    {
        var view = new ClusterView(
            [
                new ClusterMember(0x2e1259d415f2a040, ["http://127.0.0.1:23800"], false, "n1", ["http://127.0.0.1:23790"]),
                new ClusterMember(0xa0, ["http://127.0.0.1:23900"], true, "", []),
            ],
            [0xb],
            new Version(3, 5, 0),
            DowngradeInfo.None);
        const string Node = "\"CreatedIndex\":0,\"ModifiedIndex\":0,\"ExpireTime\":\"0001-01-01T00:00:00Z\"";
        string expected =
            "{\"Root\":{\"Path\":\"/\"," + Node + ",\"Value\":\"\",\"Children\":{\"0\":{\"Path\":\"/0\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"members\":{\"Path\":\"/0/members\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"2e1259d415f2a040\":{\"Path\":\"/0/members/2e1259d415f2a040\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"attributes\":{\"Path\":\"/0/members/2e1259d415f2a040/attributes\"," + Node
            + ",\"Value\":\"{\\\"name\\\":\\\"n1\\\",\\\"clientURLs\\\":[\\\"http://127.0.0.1:23790\\\"]}\",\"Children\":null},"
            + "\"raftAttributes\":{\"Path\":\"/0/members/2e1259d415f2a040/raftAttributes\"," + Node
            + ",\"Value\":\"{\\\"peerURLs\\\":[\\\"http://127.0.0.1:23800\\\"]}\",\"Children\":null}}},"
            + "\"a0\":{\"Path\":\"/0/members/a0\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"raftAttributes\":{\"Path\":\"/0/members/a0/raftAttributes\"," + Node
            + ",\"Value\":\"{\\\"peerURLs\\\":[\\\"http://127.0.0.1:23900\\\"],\\\"isLearner\\\":true}\",\"Children\":null}}}}},"
            + "\"removed_members\":{\"Path\":\"/0/removed_members\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"b\":{\"Path\":\"/0/removed_members/b\"," + Node + ",\"Value\":\"\",\"Children\":null}}},"
            + "\"version\":{\"Path\":\"/0/version\"," + Node + ",\"Value\":\"3.5.0\",\"Children\":null}}},"
            + "\"1\":{\"Path\":\"/1\"," + Node + ",\"Value\":\"\",\"Children\":{}}}},\"CurrentIndex\":0,\"CurrentVersion\":2}";
        Assert.Equal(expected, Text(V2StoreDocument.Write(view)));
    }

    [Fact]
    public void A_snapshot_names_every_member_that_has_started_and_only_those()
    {
        var view = new ClusterView(
            [
                new ClusterMember(1, ["http://a"], false, "named only", []),
                new ClusterMember(2, ["http://b"], false, "", []),
                new ClusterMember(0x10, ["http://c"], false, "both<", ["http://d"]),
            ],
            [],
            null,
            DowngradeInfo.None);
        string document = Text(V2StoreDocument.Write(view));
        Assert.Contains("\"/0/members/1/attributes\"", document, StringComparison.Ordinal);
        Assert.Contains("""{\"name\":\"named only\"}""", document, StringComparison.Ordinal);
        Assert.DoesNotContain("/0/members/2/attributes", document, StringComparison.Ordinal);
        Assert.Contains("""\"name\":\"both\\u003c\",\"clientURLs\":""", document, StringComparison.Ordinal);
        Assert.DoesNotContain("removed_members", document, StringComparison.Ordinal);
        Assert.DoesNotContain("/0/version", document, StringComparison.Ordinal);

        // In the order of their names, as a Go program lists them: 1, 10, 2.
        Assert.True(document.IndexOf("\"10\":", StringComparison.Ordinal) < document.IndexOf("\"2\":", StringComparison.Ordinal));
    }

    [Fact]
    public void A_document_is_read_as_it_was_written()
    {
        var view = new ClusterView(
            [
                new ClusterMember(1, ["http://a", "http://a2"], false, "named only", []),
                new ClusterMember(2, ["http://b"], true, "", []),
                new ClusterMember(0x2e1259d415f2a040, ["http://c"], false, "both<", ["http://d", "http://e"]),
            ],
            [7, 0xfedcba9876543210],
            new Version(3, 5, 0),
            DowngradeInfo.None);
        ClusterView read = V2StoreDocument.Read(V2StoreDocument.Write(view), "test");
        Assert.Equal(view.Members.Count, read.Members.Count);
        Assert.All(view.Members, member => Assert.True(member.SameAs(read.Find(member.Id)!), member.HexId));
        Assert.Equal(view.Removed, read.Removed);
        Assert.Equal(view.ClusterVersion, read.ClusterVersion);
    }

    [Fact]
    public void A_document_of_etcd_3_5_is_read_and_what_else_its_store_held_is_passed_over()
    {
        // As a 3.5.30 member was seen to send it (contract/consensus.md, 8.2.4), events, statistics and a user's v2 key included.
        const string Node = "\"CreatedIndex\":4,\"ModifiedIndex\":4,\"ExpireTime\":\"0001-01-01T00:00:00Z\"";
        string document =
            "{\"Root\":{\"Path\":\"/\"," + Node + ",\"Value\":\"\",\"Children\":{\"0\":{\"Path\":\"/0\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"members\":{\"Path\":\"/0/members\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"22b68db6b66424ab\":{\"Path\":\"/0/members/22b68db6b66424ab\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"attributes\":{\"Path\":\"/0/members/22b68db6b66424ab/attributes\"," + Node
            + ",\"Value\":\"{\\\"name\\\":\\\"n2\\\",\\\"clientURLs\\\":[\\\"http://127.0.0.1:13282\\\"]}\",\"Children\":null},"
            + "\"raftAttributes\":{\"Path\":\"/0/members/22b68db6b66424ab/raftAttributes\"," + Node
            + ",\"Value\":\"{\\\"peerURLs\\\":[\\\"http://127.0.0.1:13382\\\"]}\",\"Children\":null}}}}},"
            + "\"version\":{\"Path\":\"/0/version\"," + Node + ",\"Value\":\"3.5.0\",\"Children\":null}}},"
            + "\"1\":{\"Path\":\"/1\"," + Node + ",\"Value\":\"\",\"Children\":{"
            + "\"users\":{\"Path\":\"/1/users\"," + Node + ",\"Value\":\"a value\",\"Children\":null}}}}},"
            + "\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Events\":[],\"Size\":0,\"Front\":0,\"Back\":0,\"Capacity\":1000},\"StartIndex\":1,\"LastIndex\":8}},"
            + "\"CurrentIndex\":8,\"Stats\":{\"getsSuccess\":10,\"watchers\":0},\"CurrentVersion\":2}";
        ClusterView read = V2StoreDocument.Read(Encoding.UTF8.GetBytes(document), "test");
        ClusterMember member = Assert.Single(read.Members);
        Assert.True(member.SameAs(new ClusterMember(0x22b68db6b66424ab, ["http://127.0.0.1:13382"], false, "n2", ["http://127.0.0.1:13282"])));
        Assert.Empty(read.Removed);
        Assert.Equal(new Version(3, 5, 0), read.ClusterVersion);
    }

    private static string Text(byte[] json) => Encoding.UTF8.GetString(json);
}
