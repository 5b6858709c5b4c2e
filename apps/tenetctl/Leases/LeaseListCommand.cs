using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease list</c></summary>
internal static class LeaseListCommand
{
    public static Command Create(GlobalFlags globals) => new("list", "List all active leases")
    {
        Run = async invocation =>
        {
            await using Session session = await Session.OpenAsync(globals, invocation);
            try
            {
                session.Display.Show(LeaseReports.List(await session.TryCallAsync(LeaseMethods.LeaseLeases, new(), CallOptions.None)));
            }
            catch (CallException exception)
            {
                throw session.Judged(exception, ExitCode.BadConnection);
            }
            return ExitCode.Success;
        },
    };
}
