using System.Globalization;
using System.Numerics;
using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>IDs of leases as users write them.</summary>
internal static class LeaseText
{
    /// <exception cref="CommandException">The text is no ID.</exception>
    public static long Parse(string text)
    {
        bool negative = text.StartsWith('-');
        string digits = negative || text.StartsWith('+') ? text[1..] : text;
        string problem = "invalid syntax";
        // A leading zero keeps the first digit from being taken for a sign.
        if (digits.Length > 0 && BigInteger.TryParse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out BigInteger value))
        {
            if (negative)
                value = -value;
            if (value >= long.MinValue && value <= long.MaxValue)
                return (long)value;
            problem = "value out of range";
        }
        throw new CommandException(ExitCode.BadArguments, $"bad lease ID (strconv.ParseInt: parsing {GoQuote.Text(text)}: {problem}), expecting ID in Hex");
    }
}
