using Tenet.Protocol.Framing;

namespace Tenet.Protocol.Tests.Framing;

public class HeaderValueTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("etcdserver: no leader", "etcdserver: no leader")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb\tc", "a%0Ab%09c")]
    [InlineData("~ \"\x7f", "~ \"%7F")]
    [InlineData("é…", "%C3%A9%E2%80%A6")]
    [InlineData("\ud83d\ude00", "%F0%9F%98%80")]
    public void Status_texts_are_percent_encoded_and_back(string text, string encoded)
    {
        Assert.Equal(encoded, StatusText.Encode(text));
        Assert.Equal(text, StatusText.Decode(encoded));
    }

    [Fact]
    public void Every_byte_survives_the_way_over_the_wire()
    {
        string all = string.Concat(Enumerable.Range(0, 0x250).Select(code => (char)code));
        string encoded = StatusText.Encode(all);
        Assert.DoesNotContain(encoded, one => one is < ' ' or > '~');
        Assert.Equal(all, StatusText.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz!", "%zz!")]
    [InlineData("%41%", "A%")]
    public void A_percent_sign_that_starts_no_byte_stands_for_itself(string encoded, string text) =>
        Assert.Equal(text, StatusText.Decode(encoded));

    [Theory]
    [InlineData("", "")]
    [InlineData("AAA", "0000")]
    [InlineData("AAA=", "0000")]
    [InlineData("AA", "00")]
    [InlineData("AA==", "00")]
    [InlineData("+/8B", "FBFF01")]
    public void Binary_values_come_with_padding_or_without(string text, string bytes)
    {
        Assert.True(BinaryHeader.TryDecode(text, out byte[] value));
        Assert.Equal(bytes, Convert.ToHexString(value));
    }

    [Theory]
    [InlineData("%%%", 0)]
    [InlineData("A", 1)]
    [InlineData("AA A", 2)]
    [InlineData("AAAA=", 4)]
    public void Broken_base64_is_noticed_and_located(string text, int at)
    {
        Assert.False(BinaryHeader.TryDecode(text, out _));
        Assert.Equal(at, BinaryHeader.FirstIllegalByte(text));
    }

    [Theory]
    [InlineData("token-bin", true)]
    [InlineData("bin", false)]
    [InlineData("token", false)]
    public void Binary_headers_are_told_by_their_names(string name, bool expected) => Assert.Equal(expected, BinaryHeader.IsBinary(name));

    [Theory]
    [InlineData("application/grpc", "application/grpc")]
    [InlineData("application/grpc+proto", "application/grpc+proto")]
    [InlineData("application/grpc;x=y", "application/grpc+x=y")]
    [InlineData("application/grpc+", "application/grpc")]
    public void Content_types_that_mean_grpc(string requested, string answered)
    {
        Assert.True(CallContentType.TryAccept(requested, out string given));
        Assert.Equal(answered, given);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpcx")]
    [InlineData("Application/GRPC")]
    public void Content_types_that_do_not(string? requested) => Assert.False(CallContentType.TryAccept(requested, out _));

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\"b\\", "\"a\\\"b\\\\\"")]
    [InlineData("\n\r\t\u0001", "\"\\n\\r\\t\\x01\"")]
    public void Quoted_text_looks_as_in_go(string text, string quoted) => Assert.Equal(quoted, GoText.Quote(text));
}
