using Google.Protobuf;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Tests.Keys;

public sealed class KeyPrefixTests
{
    [Theory]
    [InlineData("ns/", "", "")]
    [InlineData("ns/", "b", "ns/b")]
    [InlineData("ns/", "\0", "ns0")]
    [InlineData("", "\0", "\0")]
    public void The_end_of_a_range_stays_in_the_namespace(string prefix, string end, string expected) =>
        Assert.Equal(ByteString.CopyFromUtf8(expected), new KeyPrefix(prefix).AddToEnd(ByteString.CopyFromUtf8(end)));

    [Fact]
    public void Ranges_meet_where_they_have_a_key_in_common()
    {
        KeyRange ab = Range("a", "c");
        Assert.True(ab.Meets(Range("b", "")));
        Assert.False(ab.Meets(Range("c", "")));
        Assert.True(ab.Meets(Range("b", "\0")));
        Assert.False(ab.Meets(Range("c", "\0")));
        Assert.False(Range("c", "d").Meets(ab));
        Assert.True(Range("\0", "\0").Meets(ab));
        Assert.True(Range("a", "").Meets(Range("a", "")));
        Assert.False(Range("a", "").Meets(Range("b", "")));
    }

    private static KeyRange Range(string key, string end) => new(ByteString.CopyFromUtf8(key), ByteString.CopyFromUtf8(end));
}
