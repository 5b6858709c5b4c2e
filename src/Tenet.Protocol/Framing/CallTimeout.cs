namespace Tenet.Protocol.Framing;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
public static class CallTimeout
{
    private const int DigitsMax = 8;

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
