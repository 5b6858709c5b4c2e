using Tenet.CommandLine;

namespace Tenet.Ctl.Checks;

/// <summary><c>check</c> and the commands below it.</summary>
internal static class CheckCommand
{
    public static Command Create(GlobalFlags globals) =>
        new Command("check <subcommand>", $"commands for checking properties of the etcd cluster. Use `{CommandTree.Name} check --help` to see subcommands")
        {
            Group = CommandGroups.Utility,
            Description = "commands for checking properties of the etcd cluster",
        }.Add(
            CheckPerformanceCommand.Create(globals),
            CheckDataScaleCommand.Create(globals));
}
