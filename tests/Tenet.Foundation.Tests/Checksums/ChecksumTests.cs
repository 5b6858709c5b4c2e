using Tenet.Foundation.Checksums;
using Tenet.Foundation.Randomness;

namespace Tenet.Foundation.Tests.Checksums;

public class ChecksumTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("a", 0xc1d04330u)]
    [InlineData("123456789", 0xe3069283u)]
    public void Crc32C_gives_the_published_values(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Crc32C_of_zeros_and_of_ones_is_that_of_the_iscsi_standard()
    {
        Assert.Equal(0x8a9136aau, Crc32C.Compute(new byte[32]));
        byte[] ones = new byte[32];
        Array.Fill(ones, (byte)0xff);
        Assert.Equal(0x62a8ab43u, Crc32C.Compute(ones));
    }

    [Fact]
    public void Crc32C_continues_from_any_cut()
    {
        byte[] bytes = new byte[41];
        new SeededRandom(1).Fill(bytes);
        uint whole = Crc32C.Compute(bytes);
        for (int cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(whole, Crc32C.Update(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    [Fact]
    public void Crc32C_equals_the_bitwise_definition_at_every_length()
    {
        byte[] bytes = new byte[70];
        new SeededRandom(2).Fill(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            uint state = 0xffffffff;
            foreach (byte value in bytes.AsSpan(0, length))
            {
                state ^= value;
                for (int bit = 0; bit < 8; bit++)
                    state = (state & 1) != 0 ? (state >> 1) ^ 0x82f63b78 : state >> 1;
            }

            Assert.Equal(~state, Crc32C.Compute(bytes.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData("", 0xcbf29ce484222325UL)]
    [InlineData("a", 0xaf63dc4c8601ec8cUL)]
    [InlineData("foobar", 0x85944171f73967e8UL)]
    public void Fnv1a64_gives_the_published_values(string text, ulong expected) =>
        Assert.Equal(expected, Fnv1a64.Compute(System.Text.Encoding.ASCII.GetBytes(text)));
}
