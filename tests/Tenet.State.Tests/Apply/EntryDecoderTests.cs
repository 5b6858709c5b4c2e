using System.Text;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;

namespace Tenet.State.Tests.Apply;

/// <summary>What entries of this and of older versions mean (contract/consensus.md, 5.2; contract/storage.md, 2.16). The bytes are captures.</summary>
public sealed class EntryDecoderTests
{
    private const string V2Tail = "2800" + "3200" + "3800" + "4800" + "5000" + "5800" + "6000" + "6800" + "7000" + "7800" + "800100";

    [Fact]
    public void An_empty_entry_asks_for_nothing() => Assert.Null(EntryDecoder.Decode([], 7));

    [Fact]
    public void A_replicated_put_is_read()
    {
        InternalRaftRequest request = Decode("220a0a03666f6f1203626172" + "a2060a0882c8cadf9ec0e8cb66");
        Assert.Equal("foo", request.Put.Key.ToStringUtf8());
        Assert.Equal("bar", request.Put.Value.ToStringUtf8());
        Assert.Equal(0x6697a201ebf2a402UL, EntryDecoder.RequestId(request));
    }

    [Fact]
    public void Attributes_of_a_3_5_member_are_translated()
    {
        string path = Hex("/0/members/2e1259d415f2a040/attributes");
        string value = Hex("""{"name":"n1","clientURLs":["http://127.0.0.1:23790"]}""");
        InternalRaftRequest request = Decode("0881bce4d49ec0a8a001" + "1203505554" + "1a26" + path + "2235" + value + V2Tail);
        Assert.Equal(0x2e1259d415f2a040UL, request.ClusterMemberAttrSet.MemberID);
        Assert.Equal("n1", request.ClusterMemberAttrSet.MemberAttributes.Name);
        Assert.Equal(["http://127.0.0.1:23790"], request.ClusterMemberAttrSet.MemberAttributes.ClientUrls);
        Assert.Equal(0x0140a201ea991e01UL, EntryDecoder.RequestId(request));
    }

    [Fact]
    public void The_cluster_version_of_a_3_5_leader_is_translated()
    {
        InternalRaftRequest request = Decode("088282cadf9ec0e8d524" + "1203505554" + "1a0a" + Hex("/0/version") + "2205" + Hex("3.5.0") + V2Tail);
        Assert.Equal("3.5.0", request.ClusterVersionSet.Ver);
    }

    [Fact]
    public void A_v2_request_inside_a_replicated_one_is_translated()
    {
        string inner = "0805" + "1203505554" + "1a0a" + Hex("/0/version") + "2205" + Hex("3.4.0");
        InternalRaftRequest request = Decode("12" + (inner.Length / 2).ToString("x2") + inner);
        Assert.Equal("3.4.0", request.ClusterVersionSet.Ver);
        Assert.Equal(5UL, EntryDecoder.RequestId(request));
    }

    [Theory]
    [InlineData("SYNC")]
    [InlineData("QGET")]
    public void Requests_that_change_nothing_here_are_ignored(string method)
    {
        // A SYNC request is also a well-formed replicated request with an empty range: it must not be taken for one.
        byte[] sync = new Request { ID = 9, Method = method, Path = "", Val = "", Time = 77 }.ToByteArray();
        Assert.NotNull(InternalRaftRequest.Parser.ParseFrom(sync));
        Assert.Null(EntryDecoder.Decode(sync, 7));
    }

    [Theory]
    [InlineData("PUT", "/1/foo")]
    [InlineData("POST", "/1/queue")]
    [InlineData("DELETE", "/1/foo")]
    [InlineData("DELETE", "/0/version")]
    [InlineData("PUT", "/0/members/2e1259d415f2a040/raftAttributes")]
    [InlineData("PUT", "/0/members//attributes")]
    [InlineData("PUT", "/0/members/attributes")]
    [InlineData("PUT", "/0/members/12345678901234567/attributes")]
    [InlineData("PUT", "/0/members/xyz/attributes")]
    public void Writes_to_the_v2_store_stop_the_member(string method, string path)
    {
        byte[] data = new Request { ID = 9, Method = method, Path = path, Val = "{}" }.ToByteArray();
        UnsupportedEntryException failure = Assert.Throws<UnsupportedEntryException>(() => EntryDecoder.Decode(data, 7));
        Assert.StartsWith($"entry 7 cannot be applied: it is a v2 request, {method} {path}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("22ff01")]
    [InlineData("220a0a03")]
    [InlineData("1203505554ff")]
    public void Garbage_is_refused_by_name(string hex)
    {
        UnsupportedEntryException failure = Assert.Throws<UnsupportedEntryException>(() => EntryDecoder.Decode(Convert.FromHexString(hex), 12));
        Assert.Equal(12UL, failure.Index);
    }

    [Fact]
    public void Any_bytes_are_either_a_request_or_refused()
    {
        var random = new SeededRandom(11);
        for (int i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(24)];
            random.Fill(bytes);
            if (bytes.Length > 2 && random.Chance(0.5))
                "\u0012\u0003PUT"u8[..Math.Min(bytes.Length, 5)].CopyTo(bytes);
            try
            {
                EntryDecoder.Decode(bytes, 1);
            }
            catch (UnsupportedEntryException failure)
            {
                Assert.Equal(1UL, failure.Index);
            }
        }
    }

    private static InternalRaftRequest Decode(string hex)
    {
        InternalRaftRequest? request = EntryDecoder.Decode(Convert.FromHexString(hex), 7);
        Assert.NotNull(request);
        return request;
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));
}
