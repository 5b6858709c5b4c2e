using System.Text;

namespace Tenet.App.CommandLine;

/// <summary>What <c>--help</c> and a wrong flag print.</summary>
internal static class HelpText
{
    public const string Usage = """
        Usage:

          tenet [flags]
            Start a member. The flags are etcd's: -name x, --name x, --name=x; switches as --flag or --flag=false.

          tenet --config-file <path>
            Start a member as a file says, YAML or JSON. All other flags and variables are ignored then.

          tenet --version
            Show the version.

          tenet -h | --help
            Show all flags.

        Each flag a-b can also be given as the environment variable ETCD_A_B, but not both ways at once.

        """;

    /// <summary>All flags by group, each with its default and one sentence.</summary>
    public static string Flags()
    {
        StringBuilder text = new();
        foreach (FlagGroup group in FlagTable.Groups)
        {
            text.Append(group.Title).Append(":\n");
            foreach (Flag flag in group.Flags)
                text.Append($"  --{flag.Name} '{flag.Default}'\n    {flag.Help}\n");
            text.Append('\n');
        }
        text.Append("Feature gates (--feature-gates <name>=true|false,…):\n").Append(FeatureGates.Help()).Append('\n');
        text.Append("Names of etcd 3.5, accepted with a warning:\n");
        foreach (Flag flag in FlagTable.All.Where(flag => (flag.AliasOf ?? flag.Gate) is not null))
            text.Append($"  --{flag.Name}\n    {(flag.AliasOf is null ? $"Feature gate {flag.Gate}." : $"Now --{flag.AliasOf}.")}\n");
        text.Append("\nAccepted and without effect, as in etcd:\n");
        foreach (Flag flag in FlagTable.All.Where(flag => flag.Standing == FlagStanding.Ignored && flag.Help.Length == 0))
            text.Append($"  --{flag.Name}\n");
        return text.ToString();
    }
}
