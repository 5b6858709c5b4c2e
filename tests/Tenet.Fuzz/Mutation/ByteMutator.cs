using System.Buffers.Binary;
using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz.Mutation;

/// <summary>Damages bytes without knowing what they mean.</summary>
internal static class ByteMutator
{
    private const int SectorBytes = 512;
    private const int InsertedBytesMax = 64;

    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
        0x00ffffffffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
    ];

    /// <summary>A number that programs are fond of getting wrong, or any other.</summary>
    public static ulong Number(SeededRandom random) => random.Chance(0.6) ? Interesting[random.Next(Interesting.Length)] : random.NextUInt64() >> random.Next(64);

    /// <summary>A few damages of any kind.</summary>
    public static byte[] Damage(SeededRandom random, byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        for (int times = 1 + random.Next(4); times > 0; times--)
            damaged = Once(random, damaged);
        return damaged;
    }

    /// <summary>One bit turned over.</summary>
    public static byte[] FlipBit(SeededRandom random, byte[] bytes, out int at)
    {
        byte[] damaged = [.. bytes];
        at = random.Next(bytes.Length);
        damaged[at] ^= (byte)(1 << random.Next(8));
        return damaged;
    }

    private static byte[] Once(SeededRandom random, byte[] bytes)
    {
        if (bytes.Length == 0)
            return Random(random, 1 + random.Next(InsertedBytesMax));
        int at = random.Next(bytes.Length);
        int length = Math.Min(1 + random.Next(random.Chance(0.3) ? bytes.Length : 16), bytes.Length - at);
        switch (random.Next(10))
        {
            case 0:
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 3:
                WriteNumber(random, bytes.AsSpan(at));
                return bytes;
            case 4:
                random.Fill(bytes.AsSpan(at, length));
                return bytes;
            case 5:
                bytes.AsSpan(at / SectorBytes * SectorBytes, Math.Min(SectorBytes, bytes.Length - at / SectorBytes * SectorBytes)).Clear();
                return bytes;
            case 6:
                return bytes[..at];
            case 7:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 8:
                return [.. bytes[..at], .. Random(random, 1 + random.Next(InsertedBytesMax)), .. bytes[at..]];
            default:
                // Some of it once more, in another place.
                bytes.AsSpan(random.Next(bytes.Length - length + 1), length).ToArray().CopyTo(bytes.AsSpan(at));
                return bytes;
        }
    }

    private static byte[] Random(SeededRandom random, int length)
    {
        byte[] bytes = new byte[length];
        random.Fill(bytes);
        return bytes;
    }

    private static void WriteNumber(SeededRandom random, Span<byte> target)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        if (random.Chance(0.5))
            BinaryPrimitives.WriteUInt64LittleEndian(number, Number(random));
        else
            BinaryPrimitives.WriteUInt64BigEndian(number, Number(random));
        int width = 1 << random.Next(4);
        number = random.Chance(0.5) ? number[..width] : number[^width..];
        number[..Math.Min(width, target.Length)].CopyTo(target);
    }
}
