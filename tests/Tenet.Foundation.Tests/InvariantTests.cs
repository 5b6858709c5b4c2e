namespace Tenet.Foundation.Tests;

public class InvariantTests
{
    [Fact]
    public void A_true_condition_does_not_build_its_message()
    {
        int built = 0;
        string Hole()
        {
            built++;
            return "hole";
        }

        Invariant.That(built == 0, $"a {Hole()}");

        Assert.Equal(0, built);
    }

    [Fact]
    public void A_false_condition_throws_its_message()
    {
        var broken = Assert.Throws<InvariantException>(() => Invariant.That(1 > 2, $"1 is {1:D3}, not above {2}"));
        Assert.Equal("1 is 001, not above 2", broken.Message);
        Assert.Throws<InvariantException>(() => Invariant.Broken("unreachable"));
    }

    [Fact]
    public void Corruption_names_file_place_and_both_sides()
    {
        var corruption = new CorruptionException("/data/x", 512, "crc 1", "crc 2");

        Assert.Equal("/data/x is corrupt at offset 512: expected crc 1, found crc 2", corruption.Message);
        Assert.Equal(("/data/x", 512, "crc 1", "crc 2"), (corruption.File, corruption.Offset, corruption.Expected, corruption.Found));
    }
}
