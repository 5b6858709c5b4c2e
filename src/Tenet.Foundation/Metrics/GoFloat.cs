using System.Globalization;
using System.Text;

namespace Tenet.Foundation.Metrics;

/// <summary>
/// Numbers as Prometheus' Go client prints them: the shortest digits that read back as the same value; with an exponent (signed, at
/// least two digits) for values below 1e-4 and from 1e+06 on.
/// </summary>
internal static class GoFloat
{
    /// <summary>No number is longer.</summary>
    public const int LengthMax = 32;

    public static string Format(double value)
    {
        Span<byte> text = stackalloc byte[LengthMax];
        return Encoding.ASCII.GetString(text[..Write(value, text)]);
    }

    /// <summary>Writes the number without making a string of it: a page holds thousands.</summary>
    /// <returns>How long it is.</returns>
    public static int Write(double value, Span<byte> output)
    {
        if (double.IsNaN(value))
            return Copy("NaN"u8, output);
        if (double.IsInfinity(value))
            return Copy(value > 0 ? "+Inf"u8 : "-Inf"u8, output);
        int at = double.IsNegative(value) ? Copy("-"u8, output) : 0;
        double size = Math.Abs(value);
        return at + (size < 1_000_000 && size == Math.Floor(size) ? Whole((int)size, output[at..]) : Fraction(size, output[at..]));
    }

    private static int Whole(int value, Span<byte> output)
    {
        value.TryFormat(output, out int length, default, CultureInfo.InvariantCulture);
        return length;
    }

    /// <summary>The runtime's text carries the same shortest digits; only the layout differs, so it is taken apart and laid out again.</summary>
    private static int Fraction(double value, Span<byte> output)
    {
        Span<byte> text = stackalloc byte[LengthMax];
        value.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
        text = text[..length];
        int mark = text.IndexOf((byte)'E');
        int shift = mark < 0 ? 0 : int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        Span<byte> mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf((byte)'.');
        int whole = point < 0 ? mantissa.Length : point;
        if (point >= 0)
        {
            mantissa[(point + 1)..].CopyTo(mantissa[point..]);
            mantissa = mantissa[..^1];
        }

        int zeros = mantissa.IndexOfAnyExcept((byte)'0');
        ReadOnlySpan<byte> digits = mantissa[zeros..].TrimEnd((byte)'0');
        int exponent = whole - 1 - zeros + shift;
        return exponent is < -4 or >= 6 ? Scientific(digits, exponent, output) : Plain(digits, exponent, output);
    }

    private static int Scientific(ReadOnlySpan<byte> digits, int exponent, Span<byte> output)
    {
        int at = Copy(digits[..1], output);
        if (digits.Length > 1)
        {
            at += Copy("."u8, output[at..]);
            at += Copy(digits[1..], output[at..]);
        }

        at += Copy(exponent < 0 ? "e-"u8 : "e+"u8, output[at..]);
        Math.Abs(exponent).TryFormat(output[at..], out int length, "00", CultureInfo.InvariantCulture);
        return at + length;
    }

    /// <summary>With a point somewhere: a number without a fraction that is laid out so is written before it comes here.</summary>
    private static int Plain(ReadOnlySpan<byte> digits, int exponent, Span<byte> output)
    {
        int at;
        if (exponent < 0)
        {
            at = Copy("0.000"u8[..(1 - exponent)], output);
            return at + Copy(digits, output[at..]);
        }

        at = Copy(digits[..(exponent + 1)], output);
        at += Copy("."u8, output[at..]);
        return at + Copy(digits[(exponent + 1)..], output[at..]);
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }
}
