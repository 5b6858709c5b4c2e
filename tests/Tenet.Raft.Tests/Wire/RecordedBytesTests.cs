using Tenet.Raft.Wire;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Raft.Tests.Wire;

/// <summary>Bytes that etcd 3.5.30 sent, and bytes in the newer form that it accepted (contract/consensus.md, 9).</summary>
public sealed class RecordedBytesTests
{
    private const ulong N1 = 0x822a8f1a5be16697;
    private const ulong N2 = 0x22b68db6b66424ab;
    private const ulong N3 = 0x83045cb001f95f46;
    private const ulong S1 = 0xe964baa4c3b5bc6b;
    private const ulong S2 = 0x4ef4c11e005f6068;
    private const ulong Own = 0xa5ce038282838263;

    private const string Id1 = "97cd85dfa5e3a3958201";
    private const string Id2 = "abc990b3ebb6a3db22";
    private const string Id3 = "c6bee58f809697828301";
    private const string NoSnapshot = "4a0a12080a02280010001800";
    private const string Tail = NoSnapshot + "50005800";

    [Theory]
    [InlineData("0811", true)]
    [InlineData("0805", false)]
    public void A_vote_request_of_the_older_form_is_read(string type, bool preVote)
    {
        var request = Assert.IsType<VoteRequest>(Read($"{type}10{Id3}18{Id2}200228013003" + "4000" + Tail));
        Assert.Equal(new VoteRequest(N3, N2, 2, preVote, 1, 3, Transfer: false), request);
    }

    [Theory]
    [InlineData("0812", true)]
    [InlineData("0806", false)]
    public void A_vote_response_of_the_older_form_is_read(string type, bool preVote) =>
        Assert.Equal(
            new VoteResponse(N2, N1, 2, preVote, Reject: false), Read($"{type}10{Id2}18{Id1}2002280030004000" + Tail));

    [Fact]
    public void A_heartbeat_and_its_answer_of_the_older_form_are_read()
    {
        Assert.Equal(new Heartbeat(N3, N2, 2, 8, default), Read($"080810{Id3}18{Id2}2002280030004008" + Tail));
        Assert.Equal(new HeartbeatResponse(N2, N3, 2, default), Read($"080910{Id2}18{Id3}2002280030004000" + Tail));
    }

    [Fact]
    public void The_answer_to_an_append_of_the_older_form_is_read() =>
        Assert.Equal(new AppendResponse(N2, N1, 2, 7), Read($"080410{Id2}18{Id1}2002280030074000" + Tail));

    [Fact]
    public void A_read_request_of_the_older_form_is_answered_with_its_entry_unchanged()
    {
        const string Entry = "3a10" + "080010001800" + "2208" + "6697a201ebf2a403";
        var request = Assert.IsType<ReadIndexRequest>(Read($"080f10{Id2}18{Id1}200028003000{Entry}4000" + Tail));
        Assert.Equal((N2, N1), (request.To, request.From));
        Assert.Equal("6697a201ebf2a403", Convert.ToHexStringLower(Assert.Single(request.Entries).Data.Span));
        var answer = new ReadIndexResponse(N1, N2, 2, 9, request.Entries);
        Assert.Equal($"081010{Id1}18{Id2}20023009{Entry}", Convert.ToHexStringLower(RaftCodec.ToBytes(answer)));

        var recorded = Assert.IsType<ReadIndexResponse>(Read($"081010{Id1}18{Id2}200228003009{Entry}4000" + Tail));
        Assert.Equal(RaftCodec.ToBytes(answer), RaftCodec.ToBytes(recorded));
    }

    [Fact]
    public void A_proposal_of_the_older_form_is_forwarded_with_its_entry_unchanged()
    {
        const string Entry = "3a21" + "080010001800" + "2219" + "220a0a03666f6f1203626172a2060a0882c8cadf9ec0e8cb66";
        var proposal = Assert.IsType<Proposal>(Read($"080210{Id2}18{Id1}200028003000{Entry}4000" + Tail));
        Assert.Equal(0x19, Assert.Single(proposal.Entries).Data.Length);
        Assert.Equal(
            $"080210{Id3}18{Id1}{Entry}", Convert.ToHexStringLower(RaftCodec.ToBytes(proposal with { To = N3 })));
    }

    [Fact]
    public void Messages_are_written_in_the_form_that_older_members_accepted()
    {
        const string Own10 = "e3848e94a8f080e7a501";
        const string First = "ebf8d69dccd4aeb2e901";
        const string Second = "e8c0fd82e0a3b0fa4e";
        Assert.Equal($"080810{First}18{Own10}2003400b", Write(new Heartbeat(S1, Own, 3, 11, default)));
        Assert.Equal(
            $"080810{First}18{Own10}2003400b62080200000000000000",
            Write(new Heartbeat(S1, Own, 3, 11, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 })));
        byte[] context = Convert.FromHexString("bc6ba201f63dbe06");
        var echoed = new Entry(0, 0, EntryType.Normal, context) { Explicit = EntryFields.Type | EntryFields.Term | EntryFields.Index };
        Assert.Equal(
            $"081010{First}18{Own10}2003300b3a100800100018002208bc6ba201f63dbe06", Write(new ReadIndexResponse(S1, Own, 3, 11, [echoed])));
        var asked = new Entry(0, 0, EntryType.Normal, Convert.FromHexString("8263a201fdd28602"));
        Assert.Equal($"080f10{Second}18{Own10}3a0a22088263a201fdd28602", Write(new ReadIndexRequest(S2, Own, [asked])));
        Assert.Equal($"081210{Second}18{Own10}2002", Write(new VoteResponse(S2, Own, 2, PreVote: true, Reject: false)));
        Assert.Equal($"080610{Second}18{Own10}2002", Write(new VoteResponse(S2, Own, 2, PreVote: false, Reject: false)));
    }

    [Fact]
    public void An_entry_that_was_proposed_in_the_older_form_keeps_its_type()
    {
        byte[] bytes = Convert.FromHexString("08001003180b221622060a0163120132a2060b0885fcf6b19fc0e8b5bc01");
        Entry entry = RaftCodec.ReadEntry(bytes);
        Assert.Equal((3ul, 11ul), (entry.Term, entry.Index));
        Assert.Equal(bytes, RaftCodec.ToBytes(entry));
        Assert.Equal(bytes, RaftCodec.ToBytes(entry with { Term = 3, Index = 11 }));
    }

    [Fact]
    public void A_configuration_change_of_a_log_is_read()
    {
        byte[] bytes = Convert.FromHexString("0889c9cadf9ec0e8cb66" + "1001" + "18aefaeefcba948fcc74");
        ConfChange change = RaftCodec.ReadConfChange(bytes);
        Pb.ConfChange expected = Pb.ConfChange.Parser.ParseFrom(bytes);
        Assert.Equal(new ConfChange(expected.Id, ConfChangeType.RemoveNode, expected.NodeId, default), change);
        Assert.Equal(bytes, RaftCodec.ToBytes(change));
    }

    [Fact]
    public void An_empty_snapshot_field_means_that_there_is_none()
    {
        var install = Assert.IsType<InstallSnapshot>(Read($"080710{Id3}18{Id2}2002280030004000" + Tail));
        Assert.True(install.Snapshot.IsEmpty);
    }

    private static Message Read(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        // The recorded bytes are whole: the generated code reads them too.
        Assert.NotNull(Pb.Message.Parser.ParseFrom(bytes));
        return RaftCodec.ReadMessage(bytes);
    }

    private static string Write(Message message) => Convert.ToHexStringLower(RaftCodec.ToBytes(message));
}
