namespace Tenet.App.CommandLine;

/// <summary>How reading the command line ended.</summary>
/// <param name="Problem">What is wrong with it (the caller shows the usage and exits with 2), or null.</param>
/// <param name="Rest">What follows the last flag.</param>
internal readonly record struct ParsedArguments(string? Problem, IReadOnlyList<string> Rest);

/// <summary>
/// Reads arguments by the rules of Go's flag package, which etcd's users rely on without knowing: one dash or two, a value after
/// <c>=</c> or as the next argument (whatever that looks like), switches that never take the next argument, the last occurrence wins,
/// and the first argument that is no flag ends it. System.CommandLine cannot be set to these rules (docs/adr/0001-flags.md).
/// </summary>
internal static class FlagParser
{
    public static ParsedArguments Parse(IReadOnlyList<string> arguments, FlagValues values)
    {
        int next = 0;
        while (next < arguments.Count)
        {
            string argument = arguments[next];
            if (argument.Length < 2 || argument[0] != '-')
                break;
            next++;
            int dashes = argument[1] == '-' ? 2 : 1;
            if (argument.Length == dashes)
                break; // "--" ends the flags
            string name = argument[dashes..];
            if (name[0] is '-' or '=')
                return Failed($"bad flag syntax: {argument}");
            string? value = null;
            int equals = name.IndexOf('=');
            if (equals >= 0)
                (name, value) = (name[..equals], name[(equals + 1)..]);

            // -h is Go's short form of --help.
            if ((FlagTable.Find(name) ?? (name == "h" ? FlagTable.Find("help") : null)) is not { } flag)
            {
                string? nearest = NearestName.Find(name, FlagTable.All.Where(known => known.AliasOf is null && known.Gate is null).Select(known => known.Name));
                return Failed($"flag provided but not defined: -{name}{(nearest is null ? "" : $"\n(did you mean --{nearest}?)")}");
            }
            if (flag.Kind == FlagKind.Switch)
                value ??= "true";
            else if (value is null && next < arguments.Count)
                value = arguments[next++];
            if (value is null)
                return Failed($"flag needs an argument: -{name}");
            if (values.Set(flag, value) is { } problem)
                return Failed($"invalid {(flag.Kind == FlagKind.Switch ? "boolean " : "")}value \"{value}\" for {(flag.Kind == FlagKind.Switch ? "" : "flag ")}-{name}: {problem}");
        }
        return new(null, [.. arguments.Skip(next)]);
    }

    private static ParsedArguments Failed(string problem) => new(problem, []);
}
