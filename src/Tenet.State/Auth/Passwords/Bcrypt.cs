using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tenet.State.Auth.Passwords;

/// <summary>
/// bcrypt, the form in which etcd stores passwords: <c>$2a$cost$</c>, 22 characters of salt, 31 of hash. Each step of the cost doubles the work; at 10 it is in the order of a
/// tenth of a second, so callers say where and how often it runs. Pure: the salt comes in.
/// </summary>
public static class Bcrypt
{
    /// <summary>Bytes of salt.</summary>
    public const int SaltLength = 16;

    /// <summary>Longest password to be hashed, in bytes. More would count for nothing.</summary>
    public const int PasswordLengthMax = 72;

    /// <summary>The least cost.</summary>
    public const int CostMin = 4;

    /// <summary>The greatest cost.</summary>
    public const int CostMax = 31;

    /// <summary>The cost that is taken for one out of bounds.</summary>
    public const int CostDefault = 10;

    private const int HashLength = 23;
    private const int EncodedSaltLength = 22;
    private const int EncodedHashLength = 31;
    private const int Repetitions = 64;
    private const int RoundsBetweenPauses = 4;
    private const string Digits = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Hashes a password.</summary>
    /// <param name="password">At most <see cref="PasswordLengthMax"/> bytes.</param>
    /// <param name="cost">From <see cref="CostMin"/> to <see cref="CostMax"/>.</param>
    /// <param name="salt"><see cref="SaltLength"/> bytes that no other password has.</param>
    public static string Hash(ReadOnlySpan<byte> password, int cost, ReadOnlySpan<byte> salt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(password.Length, PasswordLengthMax, nameof(password));
        ArgumentOutOfRangeException.ThrowIfLessThan(cost, CostMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cost, CostMax);
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltLength, nameof(salt));
        return string.Create(CultureInfo.InvariantCulture, $"$2a${cost:00}${Encode(salt)}{Encode(Compute(password, cost, salt))}");
    }

    /// <summary>Whether a password is the one that was hashed. False for a hash that is none.</summary>
    /// <param name="password">The password.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="pause">Called after each millisecond of work or less, so that a thread may let others go first; null for none.</param>
    public static bool Verify(ReadOnlySpan<byte> password, ReadOnlySpan<byte> hash, Action? pause = null)
    {
        if (!TryParse(hash, out int cost, out ReadOnlySpan<byte> encodedSalt, out ReadOnlySpan<byte> expected))
            return false;
        Span<byte> salt = stackalloc byte[SaltLength];
        if (!TryDecode(encodedSalt, salt))
            return false;
        byte[] computed = Encoding.ASCII.GetBytes(Encode(Compute(password, cost, salt, pause)));
        return CryptographicOperations.FixedTimeEquals(computed, expected);
    }

    private static bool TryParse(ReadOnlySpan<byte> hash, out int cost, out ReadOnlySpan<byte> salt, out ReadOnlySpan<byte> expected)
    {
        cost = 0;
        salt = expected = default;

        // The letter behind the 2 says which faults of old programs a hash does not have. There may be none.
        if (!hash.StartsWith("$2"u8))
            return false;
        hash = hash[2..];
        if (hash.Length > 0 && hash[0] != '$')
            hash = hash[1..];
        if (hash.Length < 4 + EncodedSaltLength + EncodedHashLength || hash[0] != '$' || hash[3] != '$')
            return false;
        if (!char.IsAsciiDigit((char)hash[1]) || !char.IsAsciiDigit((char)hash[2]))
            return false;
        cost = 10 * (hash[1] - '0') + hash[2] - '0';
        salt = hash[4..][..EncodedSaltLength];
        expected = hash[(4 + EncodedSaltLength)..];
        return cost is >= CostMin and <= CostMax;
    }

    private static byte[] Compute(ReadOnlySpan<byte> password, int cost, ReadOnlySpan<byte> salt, Action? pause = null)
    {
        // The closing zero belongs to the password, which is repeated as often as it fits.
        byte[] closed = new byte[password.Length + 1];
        password.CopyTo(closed);
        Span<uint> key = stackalloc uint[18];
        Span<uint> saltAsKey = stackalloc uint[18];
        Repeat(closed, key);
        Repeat(salt, saltAsKey);
        ReadOnlySpan<uint> saltWords = saltAsKey[..(SaltLength / sizeof(uint))];

        var cipher = new Blowfish();
        cipher.Expand(key, saltWords);
        for (long rounds = 1L << cost; rounds > 0; rounds--)
        {
            cipher.Expand(key, []);
            cipher.Expand(saltAsKey, []);
            if (rounds % RoundsBetweenPauses == 0)
                pause?.Invoke();
        }

        ReadOnlySpan<byte> text = "OrpheanBeholderScryDoubt"u8;
        byte[] hash = new byte[text.Length];
        for (int block = 0; block < text.Length; block += 2 * sizeof(uint))
        {
            uint left = BinaryPrimitives.ReadUInt32BigEndian(text[block..]);
            uint right = BinaryPrimitives.ReadUInt32BigEndian(text[(block + sizeof(uint))..]);
            for (int i = 0; i < Repetitions; i++)
                cipher.Encrypt(ref left, ref right);
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(block), left);
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(block + sizeof(uint)), right);
        }

        CryptographicOperations.ZeroMemory(closed);
        return hash[..HashLength];
    }

    private static void Repeat(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        int position = 0;
        for (int i = 0; i < words.Length; i++)
        {
            uint word = 0;
            for (int j = 0; j < sizeof(uint); j++)
            {
                word = (word << 8) | bytes[position];
                position = (position + 1) % bytes.Length;
            }

            words[i] = word;
        }
    }

    /// <summary>Six bits a character, from the front; what is left over at the end is filled up with zeros.</summary>
    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        int bits = 0;
        int pending = 0;
        foreach (byte value in bytes)
        {
            pending = (pending << 8) | value;
            for (bits += 8; bits >= 6; bits -= 6)
                text.Append(Digits[(pending >> (bits - 6)) & 63]);
            pending &= 63;
        }

        if (bits > 0)
            text.Append(Digits[(pending << (6 - bits)) & 63]);
        return text.ToString();
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        int bits = 0;
        int pending = 0;
        int count = 0;
        foreach (byte character in text)
        {
            int digit = Digits.IndexOf((char)character, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            pending = (pending << 6) | digit;
            bits += 6;
            if (bits < 8)
                continue;
            bits -= 8;
            if (count == bytes.Length)
                return false;
            bytes[count++] = (byte)(pending >> bits);
            pending &= (1 << bits) - 1;
        }

        return count == bytes.Length;
    }
}
