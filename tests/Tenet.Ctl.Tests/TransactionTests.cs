using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Ctl.Transactions;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Tests;

public sealed class TransactionTests
{
    public static TheoryData<string, Compare> Conditions => new()
    {
        { "mod(\"a\") > \"0\"", new() { Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Greater, Key = Text("a"), ModRevision = 0 } },
        { "m(`a`) < `7`", new() { Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Less, Key = Text("a"), ModRevision = 7 } },
        { "version( \"a\")   !=  \"3\" rest", new() { Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.NotEqual, Key = Text("a"), Version = 3 } },
        { "c(\"a\") = \"-1\"", new() { Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Equal, Key = Text("a"), CreateRevision = -1 } },
        { "val(\"a(\\\"b\") = \"\\xff\\n\"", new() { Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Key = Text("a(\"b"), Value = ByteString.CopyFrom(0xff, 10) } },
        { "lease(\"a\") = \"1f\"", new() { Target = Compare.Types.CompareTarget.Lease, Result = Compare.Types.CompareResult.Equal, Key = Text("a"), Lease = 0x1f } },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Conditions_are_read(string line, Compare expected) => Assert.Equal(expected, ConditionLine.Parse(line));

    [Theory]
    [InlineData("put zz \"a b\"", "malformed comparison: put zz \"a b\"")]
    [InlineData("foo(\"zz\") = \"0\"", "malformed comparison: foo(\"zz\") = \"0\" (unknown target foo)")]
    [InlineData("mod(\"zz\") = \"x\"", "invalid txn compare request: mod(\"zz\") = \"x\"")]
    [InlineData("mod(\"a\")>\"0\"", "malformed comparison: mod(\"a\")>\"0\"; got mod(\"a\")  \"\"")]
    [InlineData("mod(a) > \"0\"", "malformed comparison: mod(a) > \"0\"; got mod(\"\")  \"\"")]
    [InlineData("mod(\"a\") > 0", "malformed comparison: mod(\"a\") > 0; got mod(\"a\") > \"\"")]
    [InlineData("mod(\"a\") ~ \"0\"", "malformed comparison: mod(\"a\") ~ \"0\" (unknown operator ~)")]
    public void A_condition_that_is_none_is_told_in_etcdctls_words(string line, string error)
    {
        CommandException refusal = Assert.Throws<CommandException>(() => ConditionLine.Parse(line));
        Assert.Equal((ExitCode.InvalidInput, error), (refusal.ExitCode, refusal.Message));
    }

    public static TheoryData<string, RequestOp> Requests => new()
    {
        { "put a \"b c\\n\"", new() { RequestPut = new() { Key = Text("a"), Value = Text("b c\n") } } },
        { "pu 'a b' --prev-kv -- -c", new() { RequestPut = new() { Key = Text("a b"), Value = Text("-c"), PrevKv = true } } },
        { "put a b --lease=1f", new() { RequestPut = new() { Key = Text("a"), Value = Text("b"), Lease = 0x1f } } },
        { "get a --prefix --limit 2", new() { RequestRange = new() { Key = Text("a"), RangeEnd = Text("b"), Limit = 2 } } },
        { "get \"\" --from-key --keys-only", new() { RequestRange = new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), KeysOnly = true } } },
        { "del a c --range --prev-kv", new() { RequestDeleteRange = new() { Key = Text("a"), RangeEnd = Text("c"), PrevKv = true } } },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Requests_take_the_flags_of_their_commands(string line, RequestOp expected) => Assert.Equal(expected, await RequestLine.ParseAsync(line, Tool.Invocation()));

    [Theory]
    [InlineData("bogus a b", ExitCode.InvalidInput, "invalid txn request: bogus a b")]
    [InlineData("get a --foo", ExitCode.InvalidInput, "invalid txn request: get a --foo")]
    [InlineData("get", ExitCode.InvalidInput, "invalid txn compare request: get")]
    [InlineData("get \"a\\q\"", ExitCode.InvalidInput, "invalid syntax")]
    [InlineData("put a", ExitCode.BadArguments, "put command needs 1 argument and input from stdin or 2 arguments")]
    [InlineData("get a --prefix --from-key", ExitCode.BadArguments, "`--prefix` and `--from-key` cannot be set at the same time, choose one")]
    public async Task A_request_that_is_none_is_told_in_etcdctls_words(string line, int exitCode, string error)
    {
        CommandException refusal = await Assert.ThrowsAsync<CommandException>(() => RequestLine.ParseAsync(line, Tool.Invocation("the rest of the transaction\n")));
        Assert.Equal((exitCode, error), (refusal.ExitCode, refusal.Message));
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);
}
