using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Output;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Leases;

/// <summary><c>lease keep-alive</c></summary>
internal static class LeaseKeepAliveCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("keep-alive [options] <leaseID>", "Keeps leases alive (renew)");
        Flag<bool> once = command.Flags.Switch("once", false, "Resets the keep-alive time to its original value and exits immediately");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "lease keep-alive command needs lease ID as argument");
            long lease = LeaseText.Parse(invocation.Arguments[0], "bad lease ID arg");
            await using Session session = await Session.OpenAsync(globals, invocation);
            if (once.Value)
                session.Display.Show(LeaseReports.KeepAlive(await OnceAsync(session, lease)));
            else
                await FollowAsync(session, lease);
            return ExitCode.Success;
        };
        return command;
    }

    private static async Task<LeaseKeepAliveResponse> OnceAsync(Session session, long lease)
    {
        try
        {
            LeaseKeepAliveResponse? response = await KeepAliveStream.OnceAsync(session.Calls, lease, session.Cancellation);
            return response is { TTL: > 0 } ? response : throw new CommandException(ExitCode.BadConnection, EtcdErrors.LeaseNotFound.Message);
        }
        catch (CallException exception)
        {
            throw session.Judged(exception, ExitCode.BadConnection);
        }
    }

    private static async Task FollowAsync(Session session, long lease)
    {
        await foreach (LeaseKeepAliveResponse response in KeepAliveStream.FollowAsync(session.Calls, lease, session.Cancellation))
            session.Display.Show(LeaseReports.KeepAlive(response));
        if (session.Display.Format == OutputFormat.Simple)
            session.Console.Out.Line($"lease {lease:x16} expired or revoked.");
    }
}
