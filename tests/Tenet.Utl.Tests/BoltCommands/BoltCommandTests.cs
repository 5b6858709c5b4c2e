using System.Text;
using Tenet.Bolt;
using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Tests.Support;

namespace Tenet.Utl.Tests.BoltCommands;

/// <summary>The commands of bbolt, with its texts.</summary>
public sealed class BoltCommandTests
{
    private const string Path = "/db";

    [Fact]
    public async Task Check_says_OK_or_what_is_wrong()
    {
        SimFileSystem files = Database();
        Assert.Equal("OK\n", (await Run(files, "check", Path)).Output);
        Assert.Equal("OK\n", (await Run(files, "check", Path, "--from-page", "3")).Output);
        Assert.Matches(@"^page ID \(99\) out of range \[2, [0-9]+\)\n1 errors found\n$", (await Run(files, "check", Path, "--from-page", "99")).Output);
        string leaf = (await Run(files, "pages", Path)).Output.Split('\n').First(static row => row.Contains(" leaf ", StringComparison.Ordinal)).Split(' ')[0];
        files.FlipBit(Path, (long.Parse(leaf, System.Globalization.CultureInfo.InvariantCulture) * 4096) + 8, 5);
        ToolRun damaged = await Run(files, "check", Path);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains($"page {leaf}: invalid type: unknown<22>", damaged.Output, StringComparison.Ordinal);
        Assert.EndsWith(" errors found\n", damaged.Output, StringComparison.Ordinal);
        Assert.StartsWith("Error: invalid value\n", damaged.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buckets_keys_and_values_are_shown()
    {
        SimFileSystem files = Database();
        Assert.Equal("Page Size: 4096\n", (await Run(files, "info", Path)).Output);
        Assert.Equal("big\nsmall\n", (await Run(files, "buckets", Path)).Output);
        Assert.Equal("a\n62ff\n", (await Run(files, "keys", Path, "small")).Output);
        Assert.Equal("\"a\"\n\"b\\xff\"\n", (await Run(files, "keys", Path, "small", "-f", "ascii-encoded")).Output);
        Assert.Equal("one\n", (await Run(files, "get", Path, "small", "a")).Output);
        Assert.Equal("6f6e65\n", (await Run(files, "get", Path, "small", "a", "--format", "hex")).Output);
        Assert.Equal("two\n", (await Run(files, "get", Path, "small", "62ff", "--parse-format", "hex")).Output);
        Assert.Equal("<redacted len:3 sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed>\n", (await Run(files, "get", Path, "small", "a", "--format", "redacted")).Output);
        Assert.StartsWith("Error: Error key not found for key: \"zz\" hex: \"7a7a\"\n", (await Run(files, "get", Path, "small", "zz")).Errors, StringComparison.Ordinal);
        Assert.StartsWith("Error: bucket not found\n", (await Run(files, "keys", Path, "none")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tree_of_buckets_is_JSON() => Assert.Equal(
        """
        {
            "name": "root",
            "keyN": 0,
            "buckets": [
                {
                    "name": "big",
                    "keyN": 300
                },
                {
                    "name": "small",
                    "keyN": 2,
                    "buckets": [
                        {
                            "name": "nested",
                            "keyN": 1
                        }
                    ]
                }
            ]
        }

        """,
        (await Run(Database(nested: true), "inspect", Path)).Output);

    [Fact]
    public async Task Pages_are_listed_and_shown()
    {
        SimFileSystem files = Database();
        string[] rows = (await Run(files, "pages", Path)).Output.Split('\n');
        Assert.Equal(["ID       TYPE       ITEMS  OVRFLW", "======== ========== ====== ======", "0        meta       0            ", "1        meta       0            "], rows[..4]);
        Assert.Contains(rows, static row => row.Contains(" branch ", StringComparison.Ordinal));
        Assert.Contains(rows, static row => row.Contains(" free ", StringComparison.Ordinal));

        string meta = (await Run(files, "page", Path, "0")).Output;
        Assert.StartsWith("Page ID:    0\nPage Type:  meta\nTotal Size: 4096 bytes\nOverflow pages: 0\nVersion:    2\nPage Size:  4096 bytes\nFlags:      00000000\nRoot:       <pgid=", meta, StringComparison.Ordinal);
        string all = (await Run(files, "page", Path, "--all")).Output;
        Assert.Contains("===============================================\nPage ID:    1\n", all, StringComparison.Ordinal);
        Assert.Contains("\n\"small\": <pgid=0,seq=0>\n", all, StringComparison.Ordinal);
        Assert.Contains("\n\"key0\": <pgid=", all, StringComparison.Ordinal);
        Assert.StartsWith("Error: page id required\n", (await Run(files, "page", Path)).Errors, StringComparison.Ordinal);
        Assert.Contains("Printing page 77 failed: ", (await Run(files, "page", Path, "77")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_and_bytes_of_a_page_are_shown()
    {
        SimFileSystem files = Database();
        string leaf = (await Run(files, "pages", Path)).Output.Split('\n').First(static row => row.Contains(" leaf ", StringComparison.Ordinal) && !row.Contains(" 2 ", StringComparison.Ordinal)).Split(' ')[0];
        ToolRun item = await Run(files, "page-item", Path, leaf, "0");
        Assert.Matches("^key[0-9]+\nvvv", item.Output);
        Assert.StartsWith("key", (await Run(files, "page-item", Path, leaf, "0", "--key-only")).Output, StringComparison.Ordinal);
        Assert.StartsWith("Error: leafPageElement: expected item index less than ", (await Run(files, "page-item", Path, leaf, "5000")).Errors, StringComparison.Ordinal);
        string dump = (await Run(files, "dump", Path, "0")).Output;
        Assert.StartsWith("0000000 0000 0000 0000 0000 0400 0000 0000 0000\n0000010 edda 0ced 0200 0000 0010 0000 0000 0000\n", dump, StringComparison.Ordinal);
        Assert.EndsWith(" *\n0000ff0 0000 0000 0000 0000 0000 0000 0000 0000\n\n", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_add_up()
    {
        string[] lines = (await Run(Database(), "stats", Path)).Output.Split('\n');
        Assert.Equal("Aggregate statistics for 2 buckets", lines[0]);
        Assert.Contains("\tNumber of keys/value pairs: 302", lines);
        Assert.Contains("\tNumber of levels in B+tree: 2", lines);
        Assert.Contains("\tTotal number of buckets: 2", lines);
        Assert.Contains("\tTotal number on inlined buckets: 1 (50%)", lines);
        Assert.Contains("\tBytes used for inlined buckets: 57 (0%)", lines);
        Assert.Equal("Aggregate statistics for 1 buckets", (await Run(Database(), "stats", Path, "sm")).Output.Split('\n')[0]);
    }

    [Fact]
    public async Task A_compacted_copy_holds_the_same_in_less()
    {
        SimFileSystem files = Database();
        byte[] before = files.ReadAll(Path);
        ToolRun run = await Run(files, "compact", "-o", "/copy", Path);
        Assert.Matches(@"^[0-9]+ -> [0-9]+ bytes \(gain=[0-9]+\.[0-9][0-9]x\)\n$", run.Output);
        Assert.Equal(before, files.ReadAll(Path));
        Assert.Equal((await Run(files, "keys", Path, "big")).Output, (await Run(files, "keys", "/copy", "big")).Output);
        Assert.Equal("OK\n", (await Run(files, "check", "/copy")).Output);
    }

    private static Task<ToolRun> Run(SimFileSystem files, params string[] words) => ToolRun.Of(files, ["bbolt", .. words]);

    private static SimFileSystem Database(bool nested = false)
    {
        var files = new SimFileSystem();
        using BoltDatabase database = BoltDatabase.Open(files, Path, new BoltOptions { PageSize = 4096 });
        for (int round = 0; round < 3; round++)
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            BoltBucket big = transaction.CreateBucketIfMissing("big"u8);
            for (int i = 0; i < 300; i++)
                big.Put(Encoding.ASCII.GetBytes($"key{i}"), Encoding.ASCII.GetBytes(new string('v', 20 + round)));
            BoltBucket small = transaction.CreateBucketIfMissing("small"u8);
            small.Put("a"u8, "one"u8);
            small.Put([(byte)'b', 0xff], "two"u8);
            if (nested)
                small.CreateBucketIfMissing("nested"u8).Put("k"u8, "v"u8);
            transaction.Commit();
        }

        return files;
    }
}
