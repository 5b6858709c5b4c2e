using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;
using static Tenet.Protocol.Etcdserverpb.DowngradeRequest.Types;

namespace Tenet.Ctl.Maintenance;

/// <summary><c>downgrade</c> and what stands below it.</summary>
internal static class DowngradeCommands
{
    public static Command Create(GlobalFlags globals) => new Command("downgrade <TARGET_VERSION>", "Downgrade related commands. Use `tenetctl downgrade --help` to see subcommands")
    {
        Group = CommandGroups.Cluster,
        Description = "Downgrade related commands",
    }.Add(
        Make(globals, "validate <TARGET_VERSION>", "Validate downgrade capability before starting downgrade", DowngradeAction.Validate, takesTarget: true),
        Make(globals, "enable <TARGET_VERSION>", "Start a downgrade action to cluster", DowngradeAction.Enable, takesTarget: true),
        Make(globals, "cancel", "Cancel the ongoing downgrade action to cluster", DowngradeAction.Cancel, takesTarget: false));

    private static Command Make(GlobalFlags globals, string use, string summary, DowngradeAction action, bool takesTarget)
    {
        Command command = new(use, summary);
        command.Run = async invocation =>
        {
            DowngradeRequest request = new() { Action = action, Version = takesTarget ? Target(invocation.Arguments) : "" };
            await using Session session = await Session.OpenAsync(globals, invocation);
            DowngradeResponse response = await session.CallAsync(MaintenanceMethods.Downgrade, request);
            session.Display.Show(new()
            {
                Message = response,
                Simple = writer => writer.Line($"Downgrade {command.Name} success, cluster version {response.Version}"),
            });
            return ExitCode.Success;
        };
        return command;
    }

    private static string Target(IReadOnlyList<string> arguments) => arguments switch
    {
        [] => throw new CommandException(ExitCode.BadArguments, "TARGET_VERSION not provided"),
        [""] => throw new CommandException(ExitCode.BadArguments, "target version not provided"),
        [string version] => version,
        _ => throw new CommandException(ExitCode.BadArguments, "too many arguments"),
    };
}
