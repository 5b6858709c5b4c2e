using Tenet.Foundation.Randomness;

namespace Tenet.Foundation.Tests.Randomness;

public class SeededRandomTests
{
    [Fact]
    public void The_sequence_of_a_seed_never_changes()
    {
        // The published values of xoshiro256** over SplitMix64(0): a seed in a bug report must stay reproducible.
        var random = new SeededRandom(0);
        Assert.Equal(0x99ec5f36cb75f2b4UL, random.NextUInt64());
        Assert.Equal(0xbf6e1f784956452aUL, random.NextUInt64());
        Assert.Equal(0x1a5f849d4933e6e0UL, random.NextUInt64());
    }

    [Fact]
    public void Numbers_stay_within_their_bounds_and_reach_both_ends()
    {
        var random = new SeededRandom(3);
        var seen = new SortedSet<int>();
        for (int i = 0; i < 1000; i++)
            seen.Add(random.Next(-2, 3));
        Assert.Equal([-2, -1, 0, 1, 2], seen);
        Assert.Equal(0, random.Next(1));
        Assert.Throws<InvariantException>(() => random.Next(0));
    }

    [Fact]
    public void Chance_follows_its_probability()
    {
        var random = new SeededRandom(4);
        int hits = 0;
        for (int i = 0; i < 10_000; i++)
            hits += random.Chance(0.25) ? 1 : 0;
        Assert.InRange(hits, 2300, 2700);
        Assert.False(random.Chance(0));
        Assert.True(random.Chance(1));
    }

    [Fact]
    public void A_fork_does_not_depend_on_later_draws_of_its_origin()
    {
        var one = new SeededRandom(5);
        var two = new SeededRandom(5);
        SeededRandom forkOfOne = one.Fork();
        SeededRandom forkOfTwo = two.Fork();
        two.NextUInt64();

        Assert.Equal(forkOfOne.NextUInt64(), forkOfTwo.NextUInt64());
        Assert.NotEqual(new SeededRandom(5).NextUInt64(), new SeededRandom(6).NextUInt64());
    }

    [Fact]
    public void Fill_covers_every_byte()
    {
        byte[] bytes = new byte[4096];
        new SeededRandom(7).Fill(bytes);
        Assert.Equal(256, bytes.Distinct().Count());
    }
}
