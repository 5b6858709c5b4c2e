using Tenet.CommandLine;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease</c> and the commands below it.</summary>
internal static class LeaseCommand
{
    public static Command Create(GlobalFlags globals) =>
        new Command("lease <subcommand>", $"Lease related commands. Use `{CommandTree.Name} lease --help` to see subcommands")
        {
            Group = CommandGroups.KeyValue,
            Description = "Lease related commands",
        }.Add(
            LeaseGrantCommand.Create(globals),
            LeaseRevokeCommand.Create(globals),
            LeaseTimeToLiveCommand.Create(globals),
            LeaseListCommand.Create(globals),
            LeaseKeepAliveCommand.Create(globals));
}
