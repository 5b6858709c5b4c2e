using System.Text;

namespace Tenet.App.CommandLine;

/// <summary>What <c>--help</c> and a wrong flag print.</summary>
internal static class HelpText
{
    public const string Usage = """
        Usage:

          tenet [flags]
            Start a member. The flags are etcd's: -name x, --name x, --name=x; switches as --flag or --flag=false.

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
        return text.ToString();
    }
}
