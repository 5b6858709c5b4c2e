using System.Globalization;

namespace Tenet.Foundation.Logging;

/// <summary>Reads durations as Go programs write them: <c>1h30m</c>, <c>100ms</c>, <c>1.5s</c>.</summary>
public static class GoDurationReader
{
    private static readonly (string Unit, decimal Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ];

    /// <summary>Reads a duration; the error is Go's own text.</summary>
    public static bool TryParse(string text, out TimeSpan value, out string error)
    {
        value = default;
        error = $"time: invalid duration {Quoted(text)}";
        string rest = text;
        bool negative = rest.StartsWith('-');
        if (negative || rest.StartsWith('+'))
            rest = rest[1..];
        if (rest == "0")
            return true;
        if (rest.Length == 0)
            return false;
        decimal total = 0;
        while (rest.Length > 0)
        {
            int digits = Count(rest, 0, static c => char.IsAsciiDigit(c) || c == '.');
            if (!decimal.TryParse(rest.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                return false;
            int letters = Count(rest, digits, static c => !char.IsAsciiDigit(c) && c != '.');
            string unit = rest.Substring(digits, letters);
            if (unit.Length == 0)
            {
                error = $"time: missing unit in duration {Quoted(text)}";
                return false;
            }
            int known = Array.FindIndex(Units, candidate => candidate.Unit == unit);
            if (known < 0)
            {
                error = $"time: unknown unit {Quoted(unit)} in duration {Quoted(text)}";
                return false;
            }
            if (number > long.MaxValue / Units[known].Nanoseconds || (total += number * Units[known].Nanoseconds) > long.MaxValue)
                return false;
            rest = rest[(digits + letters)..];
        }
        value = TimeSpan.FromTicks((long)((negative ? -total : total) / 100));
        return true;
    }

    private static string Quoted(string text) => $"\"{text}\"";

    private static int Count(string text, int from, Func<char, bool> wanted)
    {
        int end = from;
        while (end < text.Length && wanted(text[end]))
            end++;
        return end - from;
    }
}
