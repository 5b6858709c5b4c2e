using System.Globalization;

namespace Tenet.Foundation.Text;

/// <summary>Byte counts as etcd's lines show them: decimal units, at most two significant digits (<c>20 kB</c>, <c>2.1 GB</c>).</summary>
public static class ByteCounts
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>The text of a number of bytes.</summary>
    public static string Format(long bytes)
    {
        if (bytes < 10)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        int unit = Math.Min((int)Math.Floor(Math.Log(bytes) / Math.Log(1000)), Units.Length - 1);
        double value = Math.Floor(bytes / Math.Pow(1000, unit) * 10 + 0.5) / 10;

        // Go rounds the last half to even.
        string text = value < 10 ? value.ToString("0.0", CultureInfo.InvariantCulture) : Math.Round(value).ToString("0", CultureInfo.InvariantCulture);
        return text + " " + Units[unit];
    }
}
