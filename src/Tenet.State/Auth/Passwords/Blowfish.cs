using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tenet.State.Auth.Passwords;

/// <summary>The Blowfish cipher with the expensive key schedule that bcrypt is made of.</summary>
internal sealed class Blowfish
{
    private const int Rounds = 16;
    private const int SubkeyCount = Rounds + 2;
    private const int BoxSize = 256;
    private const int WordCount = SubkeyCount + 4 * BoxSize;

    /// <summary>
    /// What the cipher begins with is the fraction of pi in binary: first the subkeys, then the four boxes. Computed when first needed.
    /// </summary>
    private static readonly Lazy<uint[]> Pi = new(ComputePi);

    private readonly uint[] _subkeys = Pi.Value[..SubkeyCount];
    private readonly uint[] _box0 = Box(0);
    private readonly uint[] _box1 = Box(1);
    private readonly uint[] _box2 = Box(2);
    private readonly uint[] _box3 = Box(3);

    /// <summary>Mixes a key and a salt into the state; an empty salt mixes nothing in.</summary>
    public void Expand(ReadOnlySpan<uint> key, ReadOnlySpan<uint> salt)
    {
        for (int i = 0; i < SubkeyCount; i++)
            _subkeys[i] ^= key[i];
        uint left = 0;
        uint right = 0;
        int position = 0;
        Fill(_subkeys, salt, ref left, ref right, ref position);
        Fill(_box0, salt, ref left, ref right, ref position);
        Fill(_box1, salt, ref left, ref right, ref position);
        Fill(_box2, salt, ref left, ref right, ref position);
        Fill(_box3, salt, ref left, ref right, ref position);
    }

    /// <summary>Encrypts one block in place.</summary>
    // Runs a million times for the first password already: too often for code that is compiled well only once it has been used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encrypt(ref uint left, ref uint right)
    {
        uint[] subkeys = _subkeys;
        uint[] box0 = _box0;
        uint[] box1 = _box1;
        uint[] box2 = _box2;
        uint[] box3 = _box3;
        uint l = left ^ subkeys[0];
        uint r = right;
        for (int i = 1; i < Rounds; i += 2)
        {
            r ^= (((box0[l >> 24] + box1[(byte)(l >> 16)]) ^ box2[(byte)(l >> 8)]) + box3[(byte)l]) ^ subkeys[i];
            l ^= (((box0[r >> 24] + box1[(byte)(r >> 16)]) ^ box2[(byte)(r >> 8)]) + box3[(byte)r]) ^ subkeys[i + 1];
        }

        left = r ^ subkeys[Rounds + 1];
        right = l;
    }

    private static uint[] Box(int number) => Pi.Value[(SubkeyCount + number * BoxSize)..(SubkeyCount + (number + 1) * BoxSize)];

    private void Fill(uint[] words, ReadOnlySpan<uint> salt, ref uint left, ref uint right, ref int position)
    {
        for (int i = 0; i < words.Length; i += 2)
        {
            if (!salt.IsEmpty)
            {
                left ^= salt[position];
                right ^= salt[position + 1];
                position ^= 2;
            }

            Encrypt(ref left, ref right);
            words[i] = left;
            words[i + 1] = right;
        }
    }

    /// <summary>Machin's formula, pi = 16 arctan(1/5) − 4 arctan(1/239), in fixed point.</summary>
    private static uint[] ComputePi()
    {
        const int GuardBits = 64;
        const int Bits = 32 * WordCount + GuardBits;
        BigInteger pi = 16 * ArcTangentOfInverse(5, Bits) - 4 * ArcTangentOfInverse(239, Bits);
        byte[] fraction = ((pi - (new BigInteger(3) << Bits)) >> GuardBits).ToByteArray(isUnsigned: true, isBigEndian: true);
        var words = new uint[WordCount];

        // Pi's fraction begins with a bit pattern whose first byte is not zero, so nothing was cut off in front.
        for (int i = 0; i < WordCount; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(fraction.AsSpan(4 * i));
        return words;
    }

    private static BigInteger ArcTangentOfInverse(int x, int bits)
    {
        BigInteger power = (BigInteger.One << bits) / x;
        BigInteger sum = power;
        for (int n = 3; !power.IsZero; n += 2)
        {
            power /= x * x;
            sum += (n & 2) != 0 ? -(power / n) : power / n;
        }

        return sum;
    }
}
