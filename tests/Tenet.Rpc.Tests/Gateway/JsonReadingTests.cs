using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Rpc.Tests.Gateway;

/// <summary>What a body may look like, and how it is refused (captured from etcd 3.5.30; contract/api.md, 4.2).</summary>
public class JsonReadingTests
{
    [Theory]
    [InlineData("""{"key":"Zm9v"}""")]
    [InlineData("""{"key":"Zm9v","nope":{"a":[1,"}",{"b":null}]}}""")]
    [InlineData("\n{ \"key\" : \"Z\\u006d9v\" , \"limit\" : null } rest")]
    [InlineData("""{"key":"Zm9v","sort_order":"unheard of"}""")]
    [InlineData("""{"key":"Zm9v\n","limit":0}""")]
    public void One_message_in_many_spellings(string json) =>
        Assert.Equal(new RangeRequest { Key = ByteString.CopyFromUtf8("foo") }, GatewayJson.Read<RangeRequest>(json));

    [Theory]
    [InlineData("range_end")]
    [InlineData("rangeEnd")]
    public void Both_names_of_a_field(string name) =>
        Assert.Equal("foo", GatewayJson.Read<RangeRequest>($"{{\"{name}\":\"Zm9v\"}}")!.RangeEnd.ToStringUtf8());

    [Theory]
    [InlineData("Zg==", "f")]
    [InlineData("Zg", "f")]
    [InlineData("Zh==", "f")]
    [InlineData("", "")]
    [InlineData("Zm8", "fo")]
    [InlineData("Zm9v\\r\\n", null)]
    [InlineData("Zm9vZm9v\\nZg", null)]
    [InlineData("Zg=", null)]
    [InlineData("Z", null)]
    [InlineData("====", null)]
    [InlineData("Zm 9v", null)]
    [InlineData("_-8/", null)]
    public void Base64(string text, string? expected)
    {
        string json = $"{{\"key\":\"{text}\"}}";
        if (expected is not null)
            Assert.Equal(expected, GatewayJson.Read<RangeRequest>(json)!.Key.ToStringUtf8());
        else if (text.Contains('\\', StringComparison.Ordinal))
            Assert.StartsWith("foo", GatewayJson.Read<RangeRequest>(json)!.Key.ToStringUtf8(), StringComparison.Ordinal);
        else
            Assert.Equal($"proto: (line 1:8): invalid value for bytes field key: \"{text}\"", GatewayJson.Refusal<RangeRequest>(json));
    }

    [Theory]
    [InlineData("_-8")]
    [InlineData("/+8")]
    [InlineData("_-8=")]
    public void Either_alphabet(string text) =>
        Assert.Equal([0xff, 0xef], GatewayJson.Read<RangeRequest>($"{{\"key\":\"{text}\"}}")!.Key.ToByteArray());

    [Theory]
    [InlineData("12", 12L)]
    [InlineData("\"12\"", 12L)]
    [InlineData("12.0", 12L)]
    [InlineData("\"1.2e1\"", 12L)]
    [InlineData("1200e-2", 12L)]
    [InlineData("-0", 0L)]
    [InlineData("0e99999999999", 0L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775808", null)]
    [InlineData("1.5", null)]
    [InlineData("\"1 \"", null)]
    [InlineData("\"+1\"", null)]
    [InlineData("\"01\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("1e40", null)]
    [InlineData("1e99999999999", null)]
    [InlineData("true", null)]
    public void Whole_numbers(string text, long? expected)
    {
        string json = $"{{\"limit\":{text}}}";
        if (expected is { } number)
            Assert.Equal(number, GatewayJson.Read<RangeRequest>(json)!.Limit);
        else
            Assert.Equal($"proto: (line 1:10): invalid value for int64 field limit: {text}", GatewayJson.Refusal<RangeRequest>(json));
    }

    [Fact]
    public void Unsigned_numbers_go_further_up_and_not_below_zero()
    {
        Assert.Equal(ulong.MaxValue, GatewayJson.Read<MemberRemoveRequest>("""{"ID":"18446744073709551615"}""")!.ID);
        Assert.Equal("proto: (line 1:7): invalid value for uint64 field ID: -1", GatewayJson.Refusal<MemberRemoveRequest>("""{"ID":-1}"""));
    }

    [Theory]
    [InlineData("\"DESCEND\"", 2)]
    [InlineData("2", 2)]
    [InlineData("99", 99)]
    [InlineData("\"descend\"", 0)]
    public void Enums_by_name_or_number(string text, int expected) =>
        Assert.Equal(expected, (int)GatewayJson.Read<RangeRequest>($"{{\"sort_order\":{text}}}")!.SortOrder);

    [Fact]
    public void Nested_messages_lists_and_oneofs()
    {
        TxnRequest txn = GatewayJson.Read<TxnRequest>(
            """{"compare":[{"target":"MOD","key":"YQ==","mod_revision":"0"}],"success":[{"requestPut":{"key":"YQ==","value":"Yg=="}},{"request_txn":{"failure":[{}]}}]}""")!;
        Assert.Equal(Compare.TargetUnionOneofCase.ModRevision, txn.Compare[0].TargetUnionCase);
        Assert.Equal("b", txn.Success[0].RequestPut.Value.ToStringUtf8());
        Assert.Single(txn.Success[1].RequestTxn.Failure);
    }

    [Theory]
    [InlineData("xx", "invalid character 'x' looking for beginning of value")]
    [InlineData("{", "unexpected EOF")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 2}", "invalid character '2' after object key:value pair")]
    [InlineData("{\"a\":1,}", "invalid character '}' looking for beginning of object key string")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("{\"a\":tru }", "invalid character ' ' in literal true (expecting 'e')")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("\"\u0001\"", "invalid character '\\x01' in string literal")]
    [InlineData("\"\\x\"", "invalid character 'x' in string escape code")]
    [InlineData("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("'", "invalid character '\\'' looking for beginning of value")]
    [InlineData("é", "invalid character 'Ã' looking for beginning of value")]
    [InlineData("[]", "proto: syntax error (line 1:1): unexpected token [")]
    [InlineData("null", "proto: syntax error (line 1:1): unexpected token null")]
    [InlineData("12", "proto: syntax error (line 1:1): unexpected token 12")]
    [InlineData("{\n \"key\":\"YQ==\", \"key\":\"YQ==\"}", "proto: (line 2:16): duplicate field \"key\"")]
    [InlineData("{\"x\":\"\\ud800\"}", "proto: unexpected EOF")]
    [InlineData("{\"x\":\"\\ud800abcdefgh\"}", "proto: syntax error (line 1:6): invalid escape code \"abcdef\" in string")]
    [InlineData("{\"serializable\":\"true\"}", "proto: (line 1:17): invalid value for bool field serializable: \"true\"")]
    [InlineData("{\"key\":{}}", "proto: (line 1:8): invalid value for bytes field key: {")]
    public void Refusals(string json, string message) => Assert.Equal(message, GatewayJson.Refusal<RangeRequest>(json));

    [Fact]
    public void Refusals_in_lists_and_oneofs()
    {
        Assert.Equal("proto: syntax error (line 1:13): unexpected token null", GatewayJson.Refusal<TxnRequest>("""{"compare":[null]}"""));
        Assert.Equal("proto: syntax error (line 1:13): unexpected token {", GatewayJson.Refusal<TxnRequest>("""{"compare": {}}"""));
        Assert.Equal(
            "proto: (line 1:27): error parsing \"mod_revision\", oneof etcdserverpb.Compare.target_union is already set",
            GatewayJson.Refusal<TxnRequest>("""{"compare":[{"version":1, "mod_revision":2}]}"""));
    }

    [Fact]
    public void Nesting_has_an_end()
    {
        Assert.Equal("invalid character '[' exceeded max depth", GatewayJson.Refusal<RangeRequest>("{\"x\":" + new string('[', 20_000)));
        string txn = string.Concat(Enumerable.Repeat("""{"success":[{"request_txn":""", 200)) + "{}" + string.Concat(Enumerable.Repeat("}]}", 200));
        Assert.Equal("proto: exceeded max recursion depth", GatewayJson.Refusal<TxnRequest>(txn));
    }

    [Fact]
    public void A_body_is_the_same_in_whatever_pieces_it_comes()
    {
        byte[] json = "  {\"key\":\"Z\\u006d9v\",\"limit\":-1.20e1,\"serializable\":true,\"x\":[{},[],null,\"\\\\\"]} {"u8.ToArray();
        RangeRequest? whole = GatewayJson.Read<RangeRequest>(json);
        Assert.Equal(-12, whole!.Limit);
        for (int piece = 1; piece < json.Length; piece++)
            Assert.Equal(whole, GatewayJson.Read<RangeRequest>(json, piece));
    }
}
