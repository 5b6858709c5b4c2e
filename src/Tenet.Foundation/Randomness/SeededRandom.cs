using System.Numerics;

namespace Tenet.Foundation.Randomness;

/// <summary>
/// A seeded generator (xoshiro256**, state from SplitMix64). The same seed gives the same numbers on every machine and in every
/// version of .NET, which System.Random does not promise.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>Starts the sequence that belongs to the seed.</summary>
    public SeededRandom(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, <paramref name="bound"/>); the bound is positive.</summary>
    public int Next(int bound)
    {
        Invariant.That(bound > 0, $"a random bound must be positive, not {bound}");
        return (int)((UInt128)NextUInt64() * (uint)bound >> 64);
    }

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public int Next(int low, int high) => low + Next(high - low);

    /// <summary>True with this probability (0 to 1).</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Fills the span with random bytes.</summary>
    public void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(NextUInt64() >> 56);
    }

    /// <summary>A generator of its own for one part of a run, so that more draws in one part do not change another.</summary>
    public SeededRandom Fork() => new(NextUInt64());

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9e3779b97f4a7c15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
