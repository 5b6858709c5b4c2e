using Tenet.Foundation.Randomness;
using Tenet.State.Watch;

namespace Tenet.State.Tests.Watch;

public sealed class RangeIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Finds_what_a_walk_over_all_ranges_finds(ulong seed)
    {
        var random = new SeededRandom(seed);
        var index = new RangeIndex<string>();
        var model = new SortedDictionary<string, (byte[] Key, byte[]? End)>(StringComparer.Ordinal);
        for (int step = 0; step < 2500; step++)
        {
            (byte[] key, byte[]? end) = RandomRange(random);
            string name = Name(key, end);
            Assert.Equal(model.ContainsKey(name), index.TryGet(key, end, out string? known));
            Assert.Equal(model.ContainsKey(name) ? name : null, known);
            if (model.Remove(name))
            {
                index.Remove(key, end);
            }
            else if (model.Count < 200 || random.Chance(0.4))
            {
                model.Add(name, (key, end));
                index.Add(key, end, name);
            }

            byte[] probe = RandomKey(random);
            var found = new List<string>();
            index.Match(probe, found);
            Assert.Equal(model.Where(pair => Covers(pair.Value, probe)).Select(static pair => pair.Key), found.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Ranges_in_rising_order_do_not_make_the_search_long()
    {
        // A tree that degenerated to a list would overflow the stack of the recursive insertion.
        var index = new RangeIndex<string>();
        for (int i = 0; i < 100_000; i++)
            index.Add(System.Text.Encoding.ASCII.GetBytes($"{i:d8}"), System.Text.Encoding.ASCII.GetBytes($"{i + 1:d8}"), $"{i}");
        var found = new List<string>();
        index.Match("00012345/x"u8, found);
        Assert.Equal(["12345"], found);
    }

    private static bool Covers((byte[] Key, byte[]? End) range, byte[] key)
    {
        if (range.End is null)
            return key.AsSpan().SequenceEqual(range.Key);
        return key.AsSpan().SequenceCompareTo(range.Key) >= 0 && (range.End.Length == 0 || key.AsSpan().SequenceCompareTo(range.End) < 0);
    }

    private static (byte[] Key, byte[]? End) RandomRange(SeededRandom random)
    {
        byte[] key = RandomKey(random);
        if (random.Chance(0.4))
            return (key, null);
        if (random.Chance(0.1))
            return (key, []);
        byte[] end = RandomKey(random);
        int order = key.AsSpan().SequenceCompareTo(end);
        return order == 0 ? (key, [.. key, 0]) : order < 0 ? (key, end) : (end, key);
    }

    private static byte[] RandomKey(SeededRandom random)
    {
        var key = new byte[1 + random.Next(2)];
        for (int i = 0; i < key.Length; i++)
            key[i] = (byte)('a' + random.Next(6));
        return key;
    }

    private static string Name(byte[] key, byte[]? end) => Convert.ToHexString(key) + (end is null ? "" : "-" + Convert.ToHexString(end));
}
