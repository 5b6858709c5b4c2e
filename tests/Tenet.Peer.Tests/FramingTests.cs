using Tenet.Peer.Framing;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Tests;

/// <summary>Bytes that went between real members of 3.5.30 (contract/consensus.md, 4.4 and part 9), and the form that Tenet writes.</summary>
public sealed class FramingTests
{
    private const ulong N1 = 0x822a8f1a5be16697;
    private const ulong N2 = 0x22b68db6b66424ab;
    private const ulong N3 = 0x83045cb001f95f46;
    private const string EmptySnapshot = "4a0a12080a02280010001800";

    private static readonly byte[] Whole = Convert.FromHexString(
        "02" + "0000000000000037" + "0803" + "10c6bee58f809697828301" + "18abc990b3ebb6a3db22" + "2002" + "2801" + "3003"
        + "3a06080010021804" + "4003" + EmptySnapshot + "50005800");

    private static readonly byte[] CommitOnly = Convert.FromHexString("01" + "0000000000000000" + "0000000000000006");

    [Theory]
    [InlineData("000000000000002f" + "0811" + "10c6bee58f809697828301" + "18abc990b3ebb6a3db22" + "200228013003" + "4000" + EmptySnapshot + "50005800", MessageType.MsgPreVote)]
    [InlineData("000000000000002f" + "0805" + "10c6bee58f809697828301" + "18abc990b3ebb6a3db22" + "200228013003" + "4000" + EmptySnapshot + "50005800", MessageType.MsgVote)]
    [InlineData("000000000000002f" + "0808" + "10c6bee58f809697828301" + "18abc990b3ebb6a3db22" + "200228003000" + "4008" + EmptySnapshot + "50005800", MessageType.MsgHeartbeat)]
    [InlineData("000000000000002f" + "0804" + "10abc990b3ebb6a3db22" + "1897cd85dfa5e3a3958201" + "200228003007" + "4000" + EmptySnapshot + "50005800", MessageType.MsgAppResp)]
    [InlineData("0000000000000041" + "080f" + "10abc990b3ebb6a3db22" + "1897cd85dfa5e3a3958201" + "200028003000" + "3a10080010001800" + "22086697a201ebf2a403" + "4000" + EmptySnapshot + "50005800", MessageType.MsgReadIndex)]
    [InlineData("0000000000000052" + "0802" + "10abc990b3ebb6a3db22" + "1897cd85dfa5e3a3958201" + "200028003000" + "3a21080010001800" + "2219220a0a03666f6f1203626172a2060a0882c8cadf9ec0e8cb66" + "4000" + EmptySnapshot + "50005800", MessageType.MsgProp)]
    public async Task Messages_of_an_older_member_are_understood(string hex, MessageType type)
    {
        Message message = (await ReadAllAsync(StreamKind.Message, Convert.FromHexString(hex))).Single()!;
        Assert.Equal(type, message.Type);
        Assert.Contains(message.From, new[] { N1, N2 });
    }

    [Theory]
    [InlineData("000000000000001e" + "0808100018002000280030004000" + EmptySnapshot + "50005800")]
    [InlineData("00000000000000020808")]
    public async Task A_sign_of_life_is_no_message(string hex) =>
        Assert.Equal([null], await ReadAllAsync(StreamKind.Message, Convert.FromHexString(hex)));

    [Fact]
    public void What_is_written_on_the_message_stream_is_what_a_3_7_member_writes()
    {
        FrameBuffer buffer = new();
        FrameWriter writer = StreamKind.Message.Writer();
        writer.Write(new Heartbeat(0xe964baa4c3b5bc6b, 0xa5ce038282838263, 3, 11, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 }), buffer);
        writer.WriteHeartbeat(buffer);
        Assert.Equal(
            "000000000000002608081" + "0ebf8d69dccd4aeb2e90118e3848e94a8f080e7a5012003400b62080200000000000000" + "00000000000000020808",
            Convert.ToHexString(buffer.Written.Span).ToLowerInvariant());
    }

    [Fact]
    public async Task Appends_of_an_older_member_go_on_from_each_other()
    {
        byte[] entry = RaftCodec.ToBytes(new Entry(2, 5, EntryType.Normal, new byte[] { 9 }));
        byte[] frames = [.. Whole, .. CommitOnly, 1, .. Number(1), .. Number((ulong)entry.Length), .. entry, .. Number(7), 0];
        List<Message?> read = await ReadAllAsync(StreamKind.Append, frames);
        Assert.Equal(4, read.Count);
        var whole = Assert.IsType<AppendEntries>(read[0]);
        Assert.Equal((N2, N3, 2ul, 1ul, 3ul, 3ul), (whole.From, whole.To, whole.Term, whole.LogTerm, whole.Index, whole.Commit));
        Assert.Equal((2ul, 4ul), (whole.Entries[0].Term, whole.Entries[0].Index));
        var commit = Assert.IsType<AppendEntries>(read[1]);
        Assert.Equal((N2, N3, 2ul, 2ul, 4ul, 6ul, 0), (commit.From, commit.To, commit.Term, commit.LogTerm, commit.Index, commit.Commit, commit.Entries.Count));
        var next = Assert.IsType<AppendEntries>(read[2]);
        Assert.Equal((4ul, 7ul, 5ul), (next.Index, next.Commit, next.Entries[0].Index));
        Assert.Equal([9], next.Entries[0].Data.ToArray());
        Assert.Null(read[3]);
    }

    [Fact]
    public void Appends_are_written_whole_only_where_they_do_not_go_on()
    {
        FrameBuffer buffer = new();
        FrameWriter writer = StreamKind.Append.Writer();
        var entry = new Entry(3, 11, EntryType.Normal, Convert.FromHexString("22060a0163120132a2060b0885fcf6b19fc0e8b5bc01")) { Explicit = EntryFields.Type };
        writer.Write(new AppendEntries(N3, N2, 3, 2, 10, [], 9), buffer);
        Assert.Equal(2, buffer.Written.Span[0]);
        int at = buffer.Length;
        writer.Write(new AppendEntries(N3, N2, 3, 3, 10, [entry], 10), buffer);
        writer.Write(new AppendEntries(N3, N2, 3, 3, 11, [], 11), buffer);
        writer.WriteHeartbeat(buffer);
        Assert.Equal(
            "01" + "0000000000000001" + "000000000000001e" + "08001003180b221622060a0163120132a2060b0885fcf6b19fc0e8b5bc01" + "000000000000000a"
            + "01" + "0000000000000000" + "000000000000000b" + "00",
            Convert.ToHexString(buffer.Written.Span[at..]).ToLowerInvariant());
        int next = buffer.Length;
        writer.Write(new AppendEntries(N3, N2, 4, 3, 11, [], 11), buffer);
        Assert.Equal(2, buffer.Written.Span[next]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Frames_come_through_however_they_are_cut(int pieceBytes)
    {
        FrameBuffer buffer = new();
        FrameWriter writer = StreamKind.Append.Writer();
        ulong index = 0;
        foreach (int size in new[] { 0, 10, 3_000, 200_000, 5 })
        {
            writer.Write(new AppendEntries(N3, N2, 1, 1, index, [new Entry(1, index + 1, EntryType.Normal, Filled(size)), new Entry(1, index + 2, EntryType.Normal, Filled(size))], index), buffer);
            writer.WriteHeartbeat(buffer);
            index += 2;
        }
        List<Message?> read = await ReadAllAsync(StreamKind.Append, buffer.Written.ToArray(), pieceBytes);
        Assert.Equal(10, read.Count);
        Entry[] entries = [.. read.OfType<AppendEntries>().SelectMany(static append => append.Entries)];
        Assert.Equal(Enumerable.Range(1, 10).Select(static i => (ulong)i), entries.Select(static entry => entry.Index));
        Assert.All(entries, static entry => Assert.Equal(Filled(entry.Data.Length), entry.Data.ToArray()));
    }

    [Theory]
    [InlineData("0000000020000001", "rafthttp: error limit exceeded")]
    [InlineData("ffffffffffffffff", "rafthttp: error limit exceeded")]
    [InlineData("0000000020000000", "unexpected EOF")]
    [InlineData("00000000000000", "unexpected EOF")]
    public async Task A_length_is_not_believed(string hex, string problem)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception refused = await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(StreamKind.Message, Convert.FromHexString(hex)));
        Assert.Equal(problem, refused.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData("03", "failed to parse type 3 in msgappv2 stream")]
    [InlineData("01ffffffffffffffff", "unexpected EOF")]
    [InlineData("0100000000000000010000000020000001", "rafthttp: error limit exceeded")]
    [InlineData("0100000000000000010000000000000006080010021804", "entry 4 came in place of 1")]
    [InlineData("02" + "0000000000000002" + "0808", "MsgHeartbeat came on the msgappv2 stream")]
    public async Task What_is_no_append_ends_the_stream(string hex, string problem)
    {
        Exception refused = await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(StreamKind.Append, Convert.FromHexString(hex)));
        Assert.Equal(problem, refused.Message);
    }

    private static byte[] Filled(int size) => [.. Enumerable.Range(0, size).Select(static i => (byte)i)];

    private static byte[] Number(ulong value)
    {
        FrameBuffer buffer = new();
        buffer.Number(value);
        return buffer.Written.ToArray();
    }

    private static async Task<List<Message?>> ReadAllAsync(StreamKind kind, byte[] bytes, int pieceBytes = int.MaxValue)
    {
        FrameSource source = new(new Pieces(bytes, pieceBytes));
        FrameReader reader = kind.Reader(source, N3, N2);
        List<Message?> read = [];
        while (await source.HasMoreAsync(CancellationToken.None))
            read.Add(await reader.ReadAsync(CancellationToken.None));
        return read;
    }

    /// <summary>Hands out at most so many bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceBytes)], cancellationToken);
    }
}
