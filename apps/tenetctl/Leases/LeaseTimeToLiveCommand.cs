using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease timetolive</c></summary>
internal static class LeaseTimeToLiveCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("timetolive <leaseID> [options]", "Get lease information");
        Flag<bool> keys = command.Flags.Switch("keys", false, "Get keys attached to this lease");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "lease timetolive command needs lease ID as argument");
            await using Session session = await Session.OpenAsync(globals, invocation);
            long lease = LeaseText.Parse(invocation.Arguments[0], "bad lease ID arg");
            try
            {
                session.Display.Show(LeaseReports.TimeToLive(
                    await session.TryCallAsync(LeaseMethods.LeaseTimeToLive, new() { ID = lease, Keys = keys.Value }, CallOptions.None), keys.Value));
            }
            catch (CallException exception)
            {
                throw session.Judged(exception, ExitCode.BadConnection);
            }
            return ExitCode.Success;
        };
        return command;
    }
}
