using Tenet.Foundation.Logging;

namespace Tenet.App.CommandLine;

/// <summary>Takes flag values from <c>ETCD_*</c> variables (contract/api.md, 6.1).</summary>
internal static class EnvironmentVariables
{
    /// <summary>Variables that etcd reads itself and that are no flags.</summary>
    private static readonly string[] Known = ["ETCD_UNSUPPORTED_ARCH", "ETCD_CONFIG_FILE", Version];

    private const string Version = "ETCD_VERSION";

    /// <summary>Sets the flags that variables name. Answers with what makes the member refuse to start, or null.</summary>
    public static string? Apply(IReadOnlyDictionary<string, string> environment, FlagValues values, ILog log)
    {
        // Container images set it, and mean the program's version.
        if (environment.TryGetValue(Version, out string? version) && version.Length > 0)
            log.Warn("cannot set special environment variable", new("key", Version), new("value", version));
        foreach (Flag flag in FlagTable.All.OrderBy(flag => flag.Name, StringComparer.Ordinal))
        {
            if (!environment.TryGetValue(flag.Variable, out string? value) || value.Length == 0 || flag.Name is "version" or "help")
                continue;
            if (values.IsGiven(flag.Name))
            {
                // Which of the two is meant is a guess that etcd does not make either.
                log.Fatal(
                    "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))",
                    new LogField("environment-variable", flag.Variable));
                return "";
            }
            if (values.Set(flag, value) is { } problem)
                return $"invalid value \"{value}\" for {flag.Variable}: {problem}";
            log.Info("recognized and used environment variable", new("variable-name", flag.Variable), new("variable-value", value));
        }
        foreach (string name in environment.Keys.Where(IsUnknown).Order(StringComparer.Ordinal))
            log.Warn("unrecognized environment variable", new LogField("environment-variable", $"{name}={environment[name]}"));
        return null;
    }

    private static bool IsUnknown(string name) =>
        name.StartsWith("ETCD_", StringComparison.Ordinal) && !Known.Contains(name) && !FlagTable.All.Any(flag => flag.Variable == name);
}
