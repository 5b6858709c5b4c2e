using System.Globalization;

namespace Tenet.Utl;

/// <summary>Sizes as etcd's tools print them: decimal units, two digits at most.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    public static string Text(long bytes)
    {
        if (bytes < 10)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        int unit = Math.Min((int)Math.Floor(Math.Log(bytes, 1000)), Units.Length - 1);
        double value = Math.Floor(bytes / Math.Pow(1000, unit) * 10 + 0.5) / 10;
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }
}
