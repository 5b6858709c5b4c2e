namespace Tenet.CommandLine.Tests;

public sealed class TextTests
{
    public static TheoryData<byte[], string> Quotes => new()
    {
        { "a\"l\\"u8.ToArray(), "\"a\\\"l\\\\\"" },
        { "\n\t\r\a\0\x7f"u8.ToArray(), "\"\\n\\t\\r\\a\\x00\\x7f\"" },
        { "é 漢 😀"u8.ToArray(), "\"é 漢 😀\"" },
        { [0xff, 0x61, 0xc3], "\"\\xffa\\xc3\"" },
        { "\u00a0\u200b\ue000"u8.ToArray(), "\"\\u00a0\\u200b\\ue000\"" },
    };

    [Theory]
    [MemberData(nameof(Quotes))]
    public void Quoting_shows_every_byte_and_reading_brings_it_back(byte[] bytes, string quoted)
    {
        Assert.Equal(quoted, GoQuote.Bytes(bytes));
        Assert.True(GoUnquote.TryRead(quoted + " rest", out string value, out int length));
        Assert.Equal(quoted.Length, length);
        Assert.Equal(bytes, RawText.Encode(value));
    }

    [Theory]
    [InlineData("\"\\101\\x41\\u0041\\U00000041\"", "AAAA")]
    [InlineData("`a\\n`", "a\\n")]
    public void All_of_Gos_quotes_are_read(string quoted, string value)
    {
        Assert.True(GoUnquote.TryRead(quoted, out string read, out _));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("\"a")]
    [InlineData("\"\\q\"")]
    [InlineData("\"\\x4\"")]
    [InlineData("\"\\400\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"a\nb\"")]
    [InlineData("`a")]
    public void What_is_no_quoted_text_is_not_taken_for_one(string text) => Assert.False(GoUnquote.TryRead(text, out _, out _));

    [Fact]
    public void Bytes_survive_as_text()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(static one => (byte)one), .. "é漢😀"u8];
        Assert.Equal(all, RawText.Encode(RawText.Decode(all)));
    }

    [Fact]
    public void Hexadecimal_escapes_each_byte() => Assert.Equal("\\x00\\x61\\xff", GoQuote.Hex([0, 0x61, 0xff]));

    [Theory]
    [InlineData("ff", 16, 255)]
    [InlineData("-10", 10, -10)]
    [InlineData("+7", 10, 7)]
    [InlineData("-8000000000000000", 16, long.MinValue)]
    public void Numbers_are_read_in_their_base(string text, int radix, long expected)
    {
        Assert.True(GoParse.TrySigned(text, radix, out long number, out _));
        Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("", "strconv.ParseInt: parsing \"\": invalid syntax")]
    [InlineData("0x1", "strconv.ParseInt: parsing \"0x1\": invalid syntax")]
    [InlineData("9223372036854775808", "strconv.ParseInt: parsing \"9223372036854775808\": value out of range")]
    public void Numbers_that_are_none_are_told_in_Gos_words(string text, string problem)
    {
        Assert.False(GoParse.TrySigned(text, 10, out _, out string told));
        Assert.Equal(problem, told);
    }

    [Fact]
    public void A_table_centres_its_titles_and_aligns_cells_at_the_right() => Assert.Equal(
        """
        ┌──────────────────┬─────────┬──────┬────────────────────────┬────────────────────────┬────────────┐
        │        ID        │ STATUS  │ NAME │       PEER ADDRS       │      CLIENT ADDRS      │ IS LEARNER │
        ├──────────────────┼─────────┼──────┼────────────────────────┼────────────────────────┼────────────┤
        │ ddd67b312462fd7b │ started │   s1 │ http://127.0.0.1:12380 │ http://127.0.0.1:12379 │      false │
        └──────────────────┴─────────┴──────┴────────────────────────┴────────────────────────┴────────────┘

        """,
        TextTable.Draw(
            ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "is_learner"],
            [["ddd67b312462fd7b", "started", "s1", "http://127.0.0.1:12380", "http://127.0.0.1:12379", "false"]]));

    [Fact]
    public void Json_is_written_as_Go_writes_it()
    {
        GoJsonWriter json = new();
        json.BeginObject().Name("a").Text("<é>\"\\\n\u0001&\u2028").Name("b").BeginArray().Number(ulong.MaxValue).Number(-1L).Null().Truth(true).EndArray();
        json.Name("c").Bytes([1, 2]).Name("d").BeginObject().EndObject().EndObject();
        Assert.Equal("""{"a":"\u003cé\u003e\"\\\n\u0001\u0026\u2028","b":[18446744073709551615,-1,null,true],"c":"AQI=","d":{}}""", json.ToString());
    }
}
