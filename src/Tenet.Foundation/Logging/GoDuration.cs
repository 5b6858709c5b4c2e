using System.Globalization;

namespace Tenet.Foundation.Logging;

/// <summary>Durations the way Go prints them (<c>1h2m3s</c>, <c>1.5s</c>, <c>814.3µs</c>), as operators know them from etcd's lines.</summary>
public static class GoDuration
{
    /// <summary>The text of a duration.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        string sign = duration < TimeSpan.Zero ? "-" : "";
        decimal nanoseconds = Math.Abs((decimal)duration.Ticks) * 100;
        if (nanoseconds < 1_000)
            return Text(sign, nanoseconds, "ns");
        if (nanoseconds < 1_000_000)
            return Text(sign, nanoseconds / 1_000, "µs");
        if (nanoseconds < 1_000_000_000)
            return Text(sign, nanoseconds / 1_000_000, "ms");

        decimal seconds = nanoseconds / 1_000_000_000;
        decimal minutes = Math.Floor(seconds / 60);
        decimal hours = Math.Floor(minutes / 60);
        string text = Text("", seconds - minutes * 60, "s");
        if (minutes > 0)
            text = Text("", minutes - hours * 60, "m") + text;
        if (hours > 0)
            text = Text("", hours, "h") + text;
        return sign + text;
    }

    private static string Text(string sign, decimal value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{sign}{value:0.#########}{unit}");
}
