using System.Globalization;

namespace Tenet.Peer;

/// <summary>Identifiers as etcd writes them: lower-case hexadecimal without leading zeros.</summary>
internal static class HexId
{
    public static string Text(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out ulong id) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
}
