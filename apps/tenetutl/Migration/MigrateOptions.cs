using System.Globalization;

namespace Tenet.Utl.Migration;

/// <summary>Which directory is to get which version's schema.</summary>
/// <param name="Directory">The member's directories.</param>
/// <param name="Target">The version.</param>
/// <param name="Force">Write the version down even if something stands against it.</param>
internal sealed record MigrateOptions(DataDirectory Directory, Version Target, bool Force)
{
    private static readonly Version Oldest = new(3, 5, 0);

    /// <summary>Reads a target version.</summary>
    /// <exception cref="FormatException">It is none, or too old; the message is etcdutl's.</exception>
    public static Version ParseTarget(string text)
    {
        if (text.Count(static character => character == '.') != 1)
            throw new FormatException($"wrong target version format, expected \"X.Y\", got \"{text}\"");
        string[] parts = text.Split('.');
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor))
        {
            throw new FormatException("failed to parse target version: invalid semantic version");
        }

        var target = new Version(major, minor, 0);
        return target >= Oldest ? target : throw new FormatException($"target version \"{target.ToString(2)}\" not supported. Minimal \"3.5\"");
    }
}
