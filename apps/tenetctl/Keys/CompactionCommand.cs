using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;

namespace Tenet.Ctl.Keys;

/// <summary><c>compaction</c></summary>
internal static class CompactionCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("compaction [options] <revision>", "Compacts the event history in etcd") { Group = CommandGroups.KeyValue };
        Flag<bool> physical = command.Flags.Switch("physical", false, "'true' to wait for compaction to physically remove all old revisions");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "compaction command needs 1 argument");
            if (!GoParse.TrySigned(invocation.Arguments[0], 10, out long revision, out string problem))
                throw new CommandException(ExitCode.Error, problem);
            await using Session session = await Session.OpenAsync(globals, invocation);
            await session.CallAsync(KvMethods.Compact, new() { Revision = revision, Physical = physical.Value });
            invocation.Console.Out.Line($"compacted revision {revision}");
            return ExitCode.Success;
        };
        return command;
    }
}
