using System.Globalization;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>
/// Whole numbers in JSON's notation. Fractions of zero and exponents that leave a whole number are whole numbers as well:
/// <c>1.0</c>, <c>5e1</c>, <c>100e-2</c>.
/// </summary>
internal static class JsonNumber
{
    /// <summary>No 64-bit number has more digits.</summary>
    private const int DigitsMax = 20;

    public static bool TryRead(ReadOnlySpan<byte> text, long least, long most, out long number)
    {
        Span<char> digits = stackalloc char[DigitsMax + 1];
        return TryNormalize(text, digits, out int length)
            && long.TryParse(digits[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && number >= least && number <= most
            || Fail(out number);
    }

    public static bool TryReadUnsigned(ReadOnlySpan<byte> text, ulong most, out ulong number)
    {
        Span<char> digits = stackalloc char[DigitsMax + 1];
        number = 0;
        return TryNormalize(text, digits, out int length)
            && ulong.TryParse(digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number <= most;
    }

    /// <summary>Whether the whole text is one JSON number.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        int at = text.Length > 0 && text[0] == '-' ? 1 : 0;
        int digits = CountDigits(text[at..]);
        if (digits == 0 || (digits > 1 && text[at] == '0'))
            return false;
        at += digits;
        if (at < text.Length && text[at] == '.')
        {
            digits = CountDigits(text[(at + 1)..]);
            if (digits == 0)
                return false;
            at += 1 + digits;
        }

        if (at < text.Length && text[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-')
                at++;
            digits = CountDigits(text[at..]);
            if (digits == 0)
                return false;
            at += digits;
        }

        return at == text.Length;
    }

    private static bool Fail(out long number)
    {
        number = 0;
        return false;
    }

    /// <summary>Writes a JSON number as a plain whole one, if it is one.</summary>
    private static bool TryNormalize(ReadOnlySpan<byte> text, Span<char> digits, out int length)
    {
        length = 0;
        bool negative = text[0] == '-';
        ReadOnlySpan<byte> rest = negative ? text[1..] : text;
        ReadOnlySpan<byte> whole = rest[..CountDigits(rest)];
        rest = rest[whole.Length..];
        ReadOnlySpan<byte> fraction = [];
        if (rest.Length > 0 && rest[0] == '.')
        {
            fraction = rest[1..];
            fraction = fraction[..CountDigits(fraction)];
            rest = rest[(1 + fraction.Length)..];
        }

        fraction = fraction.TrimEnd((byte)'0');
        whole = whole.TrimStart((byte)'0');
        if (whole.Length == 0 && fraction.Length == 0)
        {
            digits[length++] = '0';
            return true;
        }

        int exponent = 0;
        if (rest.Length > 0 && !int.TryParse(rest[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return false;
        return TryShift(negative, whole, fraction, exponent, digits, out length);
    }

    private static bool TryShift(
        bool negative, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int exponent, Span<char> digits, out int length)
    {
        length = 0;
        // Digits that stay behind the point, digits that do not fit, and digits that are shifted out.
        if (fraction.Length > Math.Max(exponent, 0) || (long)whole.Length + exponent is > DigitsMax or < 0)
            return false;
        ReadOnlySpan<byte> shiftedOut = exponent < 0 ? whole[(whole.Length + exponent)..] : [];
        if (shiftedOut.ContainsAnyExcept((byte)'0'))
            return false;

        if (negative)
            digits[length++] = '-';
        foreach (byte digit in whole[..^shiftedOut.Length])
            digits[length++] = (char)digit;
        foreach (byte digit in fraction)
            digits[length++] = (char)digit;
        for (int zeros = exponent - fraction.Length; zeros > 0; zeros--)
            digits[length++] = '0';
        return true;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }
}
