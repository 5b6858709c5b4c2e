using System.Buffers;
using System.Text;
using Tenet.Rpc.Listening;

namespace Tenet.Rpc.Tests.Listening;

public class FirstBytesTests
{
    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", nameof(FirstBytesVerdict.Http2))]
    [InlineData("GET /version HTTP/1.1\r\nHost: x\r\n", nameof(FirstBytesVerdict.Http1))]
    [InlineData("GET /version HTTP/1.0\n", nameof(FirstBytesVerdict.Http1))]
    [InlineData("POST /v3/kv/put HTTP/1.1\r\n", nameof(FirstBytesVerdict.Http1))]
    [InlineData("PRI * HTTP/1.1\r\n", nameof(FirstBytesVerdict.Http1))]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", nameof(FirstBytesVerdict.Refused))]
    [InlineData("GET /version HTTP/9.9\r\n", nameof(FirstBytesVerdict.Refused))]
    [InlineData("GARBAGE\r\n", nameof(FirstBytesVerdict.Refused))]
    [InlineData("G\n", nameof(FirstBytesVerdict.Refused))]
    [InlineData("\u0016\u0003\u0001", nameof(FirstBytesVerdict.Refused))]
    [InlineData("\n", nameof(FirstBytesVerdict.Refused))]
    [InlineData("", nameof(FirstBytesVerdict.NeedsMore))]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", nameof(FirstBytesVerdict.NeedsMore))]
    [InlineData("GET /version HTTP/1.1\r", nameof(FirstBytesVerdict.NeedsMore))]
    public void Protocols_are_told_by_their_first_bytes(string bytes, string expected) =>
        Assert.Equal(expected, FirstBytes.Judge(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(bytes))).ToString());

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", nameof(FirstBytesVerdict.Http2))]
    [InlineData("GET / HTTP/1.1\n", nameof(FirstBytesVerdict.Http1))]
    public void No_beginning_of_a_good_connection_is_judged_wrongly(string text, string expected)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(FirstBytesVerdict.NeedsMore, FirstBytes.Judge(new ReadOnlySequence<byte>(bytes, 0, length)));
        Assert.Equal(expected, FirstBytes.Judge(new ReadOnlySequence<byte>(bytes)).ToString());
    }

    [Fact]
    public void A_line_that_never_ends_is_refused()
    {
        byte[] bytes = new byte[9_000];
        bytes.AsSpan().Fill((byte)'A');
        Assert.Equal(FirstBytesVerdict.Refused, FirstBytes.Judge(new ReadOnlySequence<byte>(bytes)));
    }
}
