using System.Globalization;

namespace Tenet.Protocol.Framing;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
public static class CallTimeout
{
    private const int DigitsMax = 8;
    private const long CountLimit = 100_000_000;

    /// <summary>
    /// Reads a value. On failure <paramref name="error"/> says why, worded as Go's implementation words it. Fractions of a tick round up,
    /// so that a timeout above zero stays above zero.
    /// </summary>
    public static bool TryParse(string text, out TimeSpan timeout, out string error)
    {
        timeout = default;
        error = "";
        if (text.Length < 2)
            error = $"transport: timeout string is too short: {GoText.Quote(text)}";
        else if (text.Length > DigitsMax + 1)
            error = $"transport: timeout string is too long: {GoText.Quote(text)}";
        else if (text[^1] is not ('n' or 'u' or 'm' or 'S' or 'M' or 'H'))
            error = $"transport: timeout unit is not recognized: {GoText.Quote(text)}";
        else if (!TryReadDigits(text.AsSpan(0, text.Length - 1), out long count))
            error = $"strconv.ParseUint: parsing {GoText.Quote(text[..^1])}: invalid syntax";
        else
            timeout = Scale(count, text[^1]);
        return error.Length == 0;
    }

    /// <summary>Writes a value: in the finest unit, from microseconds up, that eight digits hold, rounded up.</summary>
    public static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
            return "0n";
        foreach ((char unit, long ticks) in UnitsOfTicks)
        {
            long count = (timeout.Ticks / ticks) + (timeout.Ticks % ticks > 0 ? 1 : 0);
            if (count < CountLimit)
                return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
        return $"{CountLimit - 1}H";
    }

    private static readonly (char Unit, long Ticks)[] UnitsOfTicks =
    [
        ('u', TimeSpan.TicksPerMicrosecond), ('m', TimeSpan.TicksPerMillisecond), ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute), ('H', TimeSpan.TicksPerHour),
    ];

    private static bool TryReadDigits(ReadOnlySpan<char> digits, out long count)
    {
        count = 0;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            count = (count * 10) + (digit - '0');
        }
        return true;
    }

    private static TimeSpan Scale(long count, char unit) => unit switch
    {
        'n' => TimeSpan.FromTicks((count + 99) / 100),
        'u' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond),
        'm' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMillisecond),
        'S' => TimeSpan.FromTicks(count * TimeSpan.TicksPerSecond),
        'M' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMinute),
        _ => TimeSpan.FromTicks(count * TimeSpan.TicksPerHour),
    };
}
