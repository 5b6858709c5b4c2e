using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease grant</c></summary>
internal static class LeaseGrantCommand
{
    public static Command Create(GlobalFlags globals) => new("grant <ttl>", "Creates leases")
    {
        Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "lease grant command needs TTL argument");
            if (!GoParse.TrySigned(invocation.Arguments[0], 10, out long seconds, out string problem))
                throw new CommandException(ExitCode.BadArguments, $"bad TTL ({problem})");
            await using Session session = await Session.OpenAsync(globals, invocation);
            try
            {
                session.Display.Show(LeaseReports.Grant(await session.TryCallAsync(LeaseMethods.LeaseGrant, new() { TTL = seconds }, session.Bounded)));
            }
            catch (CallException exception)
            {
                throw session.Judged(exception, ExitCode.Error, static text => $"failed to grant lease ({text})");
            }
            return ExitCode.Success;
        },
    };
}
