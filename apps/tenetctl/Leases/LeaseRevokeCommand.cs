using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease revoke</c></summary>
internal static class LeaseRevokeCommand
{
    public static Command Create(GlobalFlags globals) => new("revoke <leaseID>", "Revokes leases")
    {
        Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "lease revoke command needs 1 argument");
            long lease = LeaseText.Parse(invocation.Arguments[0], "bad lease ID arg");
            await using Session session = await Session.OpenAsync(globals, invocation);
            try
            {
                session.Display.Show(LeaseReports.Revoke(lease, await session.TryCallAsync(LeaseMethods.LeaseRevoke, new() { ID = lease }, session.Bounded)));
            }
            catch (CallException exception)
            {
                throw session.Judged(exception, ExitCode.Error, static text => $"failed to revoke lease ({text})");
            }
            return ExitCode.Success;
        },
    };
}
