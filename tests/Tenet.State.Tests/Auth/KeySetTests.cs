using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Authpb;
using Tenet.State.Auth;

namespace Tenet.State.Tests.Auth;

public sealed class KeySetTests
{
    [Theory]
    [InlineData("b", "", true)]
    [InlineData("b\0", "", false)]
    [InlineData("a", "", false)]
    [InlineData("d", "e", true)]
    [InlineData("d", "h", true)] // two permissions side by side
    [InlineData("d", "i", false)]
    [InlineData("d", "\0", false)]
    [InlineData("c", "d", false)]
    [InlineData("x", "\0", true)]
    [InlineData("y", "", true)]
    [InlineData("w", "\0", false)]
    [InlineData("e", "d", true)] // holds no key
    [InlineData("i", "d", false)]
    [InlineData("", "", false)]
    [InlineData("", "\0", false)]
    public void A_range_is_covered_by_all_permissions_together(string key, string end, bool covered)
    {
        KeySet keys = Of(("f", "h"), ("b", ""), ("d", "f"), ("x", "\0"), ("y", "z"), ("", ""), ("q", "p"));
        Assert.Equal(covered, keys.Covers(Bytes(key), Bytes(end)));
    }

    [Fact]
    public void The_whole_space_covers_everything()
    {
        KeySet keys = Of(("\0", "\0"));
        Assert.True(keys.Covers(Bytes("\0"), Bytes("\0")));
        Assert.True(keys.Covers(Bytes("k"), []));
        Assert.False(Of().Covers(Bytes("k"), []));
    }

    [Fact]
    public void Random_ranges_are_covered_if_every_key_in_them_is()
    {
        var random = new SeededRandom(7);
        for (int round = 0; round < 2_000; round++)
        {
            var permissions = new (int From, int To)[1 + (int)(random.NextUInt64() % 5)];
            for (int i = 0; i < permissions.Length; i++)
            {
                int from = (int)(random.NextUInt64() % 30);
                permissions[i] = (from, from + 1 + (int)(random.NextUInt64() % 8));
            }

            KeySet keys = Of([.. permissions.Select(static one => (Key(one.From), Key(one.To)))]);
            int start = (int)(random.NextUInt64() % 30);
            int end = start + 1 + (int)(random.NextUInt64() % 10);
            bool expected = Enumerable.Range(start, end - start).All(key => permissions.Any(one => one.From <= key && key < one.To));
            Assert.Equal(expected, keys.Covers(Bytes(Key(start)), Bytes(Key(end))));
        }
    }

    private static string Key(int number) => ((char)('A' + number)).ToString();

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static KeySet Of(params (string Key, string End)[] permissions) =>
        KeySet.Of(permissions.Select(static one => new Permission { Key = ByteString.CopyFromUtf8(one.Key), RangeEnd = ByteString.CopyFromUtf8(one.End) }));
}
