using System.Numerics;

namespace Tenet.CommandLine;

/// <summary>Whole numbers in a given base, with the errors of Go's readers.</summary>
public static class GoParse
{
    /// <summary>A number with or without a sign.</summary>
    public static bool TrySigned(string text, int radix, out long number, out string problem)
    {
        bool negative = text.StartsWith('-');
        BigInteger? value = Digits(negative || text.StartsWith('+') ? text[1..] : text, radix);
        if (negative)
            value = -value;
        bool fits = value is { } known && known >= long.MinValue && known <= long.MaxValue;
        number = fits ? (long)value!.Value : 0;
        problem = fits ? "" : Problem("ParseInt", text, value);
        return fits;
    }

    /// <summary>A number without a sign.</summary>
    public static bool TryUnsigned(string text, int radix, out ulong number, out string problem)
    {
        BigInteger? value = Digits(text, radix);
        bool fits = value is { } known && known <= ulong.MaxValue;
        number = fits ? (ulong)value!.Value : 0;
        problem = fits ? "" : Problem("ParseUint", text, value);
        return fits;
    }

    private static string Problem(string reader, string text, BigInteger? value) =>
        $"strconv.{reader}: parsing {GoQuote.Text(text)}: {(value is null ? "invalid syntax" : "value out of range")}";

    private static BigInteger? Digits(string text, int radix)
    {
        if (text.Length == 0)
            return null;
        BigInteger value = 0;
        foreach (char one in text)
        {
            int digit = char.IsAsciiDigit(one) ? one - '0' : char.IsAsciiLetter(one) ? char.ToLowerInvariant(one) - 'a' + 10 : radix;
            if (digit >= radix)
                return null;
            value = value * radix + digit;
        }
        return value;
    }
}
