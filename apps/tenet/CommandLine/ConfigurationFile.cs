using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tenet.App.CommandLine;

/// <summary>
/// Reads the file of <c>--config-file</c>, YAML or JSON (which YAML contains), into flag values (contract/api.md, 6.4). A key that nobody knows
/// is an error: etcd passes over it, and a misspelt limit is noticed when it should have held.
/// </summary>
internal sealed class ConfigurationFile
{
    private readonly FlagValues _values;
    private readonly string _path;

    private ConfigurationFile(string path, FlagValues values)
    {
        _path = path;
        _values = values;
    }

    /// <summary>Sets the flags that the file names.</summary>
    /// <exception cref="FlagsRefusedException">The file cannot be read, or holds what is no setting.</exception>
    public static void Read(string path, FlagValues values)
    {
        YamlStream documents = [];
        try
        {
            using StreamReader text = new(path);
            documents.Load(text);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FlagsRefusedException($"open {path}: no such file or directory");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new FlagsRefusedException($"open {path}: {unreadable.Message}");
        }
        catch (YamlException malformed)
        {
            throw new FlagsRefusedException($"{path}, line {malformed.Start.Line}: {malformed.InnerException?.Message ?? malformed.Message}".ReplaceLineEndings(" "));
        }
        if (documents.Documents.Count == 0)
            return;
        ConfigurationFile file = new(path, values);
        YamlNode root = documents.Documents[0].RootNode;
        if (!IsNull(root))
            file.ReadMap(root, "", ConfigurationKeys.Top);
    }

    private void ReadMap(YamlNode node, string prefix, IReadOnlyList<ConfigurationKey> keys)
    {
        if (node is not YamlMappingNode map)
            throw Wrong(node, prefix.Length == 0 ? "the file holds no keys" : $"{prefix.TrimEnd('.')} holds no keys");
        foreach ((YamlNode name, YamlNode value) in map.Children)
        {
            string text = (name as YamlScalarNode)?.Value ?? "";
            ConfigurationKey? key = keys.FirstOrDefault(key => key.Name == text) ?? keys.FirstOrDefault(key => key.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (key is null)
                throw Wrong(name, $"unknown key \"{prefix}{text}\"{Hint(prefix, text, keys)}");
            // A key without a value says nothing.
            if (IsNull(value))
                continue;
            if (key.Below.Length > 0)
                ReadMap(value, prefix + key.Name + ".", key.Below);
            else
                ReadValue(value, prefix, key);
        }
    }

    private void ReadValue(YamlNode node, string prefix, ConfigurationKey key)
    {
        string name = prefix + key.Name;
        string? value = key.IsList ? List(node, name) : key.Flag?.Kind switch
        {
            FlagKind.Switch => YamlScalar.Switch(node) ?? throw Wrong(node, $"{name} must be true or false, without quotes"),
            FlagKind.Integer or FlagKind.Unsigned => YamlScalar.Number(node) ?? throw Wrong(node, $"{name} must be a whole number, without quotes"),
            FlagKind.Duration => Nanoseconds(node, name),
            _ => YamlScalar.Text(node) ?? throw Wrong(node, $"{name} must be one text"),
        };
        if (key.Flag is null)
        {
            if (key.HarmlessValues is { Length: > 0 } harmless && !harmless.Contains(value ?? ""))
                throw Wrong(node, $"{name}: {value} is not served");
            return;
        }
        // An empty list, text or URL leaves the default.
        if (string.IsNullOrEmpty(value))
            return;
        if (_values.Set(key.Flag, value) is not { } problem)
            return;
        throw key.Flag.Kind switch
        {
            FlagKind.Urls => new FlagsRefusedException($"unexpected error setting up {name}: {problem}") { GoesToStandardError = true },
            FlagKind.Choice when name == "initial-cluster-state" => new FlagsRefusedException($"unexpected clusterState \"{value}\""),
            _ => Wrong(node, $"invalid value \"{value}\" for {name}: {problem}"),
        };
    }

    private string? List(YamlNode node, string name) => node is not YamlSequenceNode list
        ? throw Wrong(node, $"{name} must be a list, such as [one, two]")
        : string.Join(',', list.Children.Select(child => YamlScalar.Text(child) ?? throw Wrong(child, $"{name} must be a list of texts")));

    /// <summary>Durations are whole nanoseconds in the file, whatever they look like on the command line.</summary>
    private string Nanoseconds(YamlNode node, string name)
    {
        if (YamlScalar.Number(node) is { } number)
            return GoNumber.Whole(number, long.MinValue, long.MaxValue, out _) is { } count ? $"{count}ns" : throw Wrong(node, $"{name}: {number} is out of range");
        string meant = GoDurationReader.TryParse((node as YamlScalarNode)?.Value ?? "", out TimeSpan given, out _)
            ? $" ({(given.Ticks * (Int128)100).ToString(CultureInfo.InvariantCulture)} is what you mean)"
            : "";
        throw Wrong(node, $"{name} must be a whole number of nanoseconds{meant}");
    }

    /// <summary>Where the key belongs if it is a flag's that has its place elsewhere, else what it may be meant to be.</summary>
    private static string Hint(string prefix, string text, IReadOnlyList<ConfigurationKey> keys)
    {
        if (FlagTable.Find(text) is { } flag && Place(flag, "", ConfigurationKeys.Top) is { } place)
            return $" (its place is {place})";
        if (prefix.Length == 0 && FlagTable.Find(text) is not null)
            return " (etcd has that flag, but no key for it)";
        return NearestName.Find(text, keys.Select(key => key.Name)) is { } nearest ? $" (did you mean {prefix}{nearest}?)" : "";
    }

    private static string? Place(Flag flag, string prefix, IReadOnlyList<ConfigurationKey> keys)
    {
        foreach (ConfigurationKey key in keys)
        {
            if (key.Flag?.Name == flag.Name)
                return prefix + key.Name;
            if (Place(flag, prefix + key.Name + ".", key.Below) is { } below)
                return below;
        }
        return null;
    }

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" };

    private FlagsRefusedException Wrong(YamlNode node, string problem) => new($"{_path}, line {node.Start.Line}: {problem}");
}
