using System.Globalization;
using System.Numerics;

namespace Tenet.Foundation.Text;

/// <summary>Numbers and truth values as Go programs read them from a command line.</summary>
public static class GoNumber
{
    /// <summary>The text is no such thing.</summary>
    public const string ParseError = "parse error";
    /// <summary>The text is a number, but too small or too large.</summary>
    public const string RangeError = "value out of range";

    /// <summary>A truth value, or null if the text is none.</summary>
    public static bool? Bool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    /// <summary>A whole number in any base that a prefix may name (0x, 0o, 0b, 0); null and an error otherwise.</summary>
    public static BigInteger? Whole(string text, BigInteger least, BigInteger most, out string? error)
    {
        error = ParseError;
        string digits = text;
        bool negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+'))
        {
            if (least >= 0)
                return null;
            digits = digits[1..];
        }
        int radix = 10;
        if (digits.Length > 1 && digits[0] == '0')
        {
            (radix, int prefix) = char.ToLowerInvariant(digits[1]) switch { 'x' => (16, 2), 'b' => (2, 2), 'o' => (8, 2), _ => (8, 1) };
            digits = digits[prefix..];
        }
        if (digits.Length == 0)
            return null;
        BigInteger value = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : radix;
            if (digit >= radix)
                return null;
            value = value * radix + digit;
        }
        if (negative)
            value = -value;
        error = value < least || value > most ? RangeError : null;
        return error is null ? value : null;
    }
}
