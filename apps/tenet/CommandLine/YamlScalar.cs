using Tenet.Foundation.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tenet.App.CommandLine;

/// <summary>Scalars as etcd's reader takes them: YAML 1.1's words for truth; a quoted value is a text and nothing else.</summary>
internal static class YamlScalar
{
    /// <summary><c>true</c> or <c>false</c>, or null if the node is neither.</summary>
    public static string? Switch(YamlNode node) => Plain(node) switch
    {
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y" => "true",
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N" => "false",
        _ => null,
    };

    /// <summary>A whole number, with a base's prefix if it had one, or null.</summary>
    public static string? Number(YamlNode node) =>
        Plain(node)?.Replace("_", "", StringComparison.Ordinal) is { } text && GoNumber.Whole(text, long.MinValue, ulong.MaxValue, out _) is { } number ? number.ToString() : null;

    /// <summary>The text of any scalar, or null if the node is a list or a map. Truth and numbers are reprinted, as etcd does.</summary>
    public static string? Text(YamlNode node) => Switch(node) ?? Number(node) ?? (node as YamlScalarNode)?.Value;

    private static string? Plain(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } value } ? value : null;
}
