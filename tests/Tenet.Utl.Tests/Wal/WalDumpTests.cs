using System.Text.Json;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.Wal;

/// <summary>A log's records in readable form.</summary>
public sealed class WalDumpTests
{
    [Fact]
    public async Task Every_record_is_shown_with_its_segment_and_offset()
    {
        SimFileSystem files = SampleMember.Stopped();
        Dictionary<string, byte[]> before = files.Everything();
        string[] lines = (await ToolRun.Of(files, "wal", "dump", SampleMember.Root)).Output.Split('\n');
        Assert.Equal("0000000000000000-0000000000000000.wal", lines[0]);
        Assert.Equal("        16  metadata  member 2e1259d415f2a040  cluster 48276a8f75b6a87", lines[1]);
        Assert.Equal("        56  snapshot  index 0  term 0  members not said", lines[2]);
        Assert.Contains(lines, static line => line.Contains("entry              1      2  conf_change AddNode 2e1259d415f2a040 {\"id\":3319814642761637952,", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.EndsWith("entry              2      2  empty", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("  delete_range key:\"key3\"", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("snapshot  index 66  term 2  members voters [2e1259d415f2a040]", StringComparison.Ordinal));
        Assert.Equal(before, files.Everything());
        Assert.Equal(lines, (await ToolRun.Of(files, "wal", "dump", SampleMember.Directory.Wal)).Output.Split('\n'));
    }

    [Fact]
    public async Task Entries_are_chosen_by_index_and_type()
    {
        SimFileSystem files = SampleMember.Stopped();
        string[] lines = (await ToolRun.Of(files, "wal", "dump", SampleMember.Root, "--start-index", "60", "--entry-type", "delete_range,ConfigChange", "-w", "json")).Output.TrimEnd('\n').Split('\n');
        using JsonDocument entry = JsonDocument.Parse(Assert.Single(lines));
        Assert.Equal(("entry", "delete_range", 65), (entry.RootElement.GetProperty("type").GetString(), entry.RootElement.GetProperty("kind").GetString(), entry.RootElement.GetProperty("index").GetInt32()));
        InternalRaftRequest request = InternalRaftRequest.Parser.ParseFrom(entry.RootElement.GetProperty("data").GetBytesFromBase64());
        Assert.Equal("key3", request.DeleteRange.Key.ToStringUtf8());
        Assert.Equal(128, (await ToolRun.Of(files, "wal", "dump", SampleMember.Root, "--entry-type", "what")).ExitCode);
    }

    [Fact]
    public async Task Secrets_are_not_shown()
    {
        SimFileSystem files = SampleMember.Stopped(static member => member.Append(new InternalRaftRequest
        {
            AuthUserAdd = new AuthUserAddRequest { Name = "u", HashedPassword = "JDJhJDEwJHNlY3JldA==", Options = new Protocol.Authpb.UserAddOptions() },
        }));
        string output = (await ToolRun.Of(files, "wal", "dump", SampleMember.Root)).Output;
        Assert.Contains("auth_user_add name:\"u\" options:{} hashedPassword:<redacted>", output, StringComparison.Ordinal);
        Assert.DoesNotContain("JDJhJDEwJHNlY3JldA", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_end_is_shown_and_damage_ends_the_dump()
    {
        SimFileSystem files = SampleMember.Stopped();
        string last = files.Segments()[^1];
        byte[] bytes = files.ReadAll(last);
        int end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        files.WriteAll(last, bytes.AsSpan(0, end - 3));
        Assert.Contains("  torn      a record", (await ToolRun.Of(files, "wal", "dump", SampleMember.Root)).Output, StringComparison.Ordinal);
        files.FlipBit(files.Segments()[0], 300, 1);
        ToolRun damaged = await ToolRun.Of(files, "wal", "dump", SampleMember.Root);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("is corrupt at offset", damaged.Errors, StringComparison.Ordinal);
        Assert.StartsWith("0000000000000000-0000000000000000.wal\n", damaged.Output, StringComparison.Ordinal);
    }
}
