using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Members;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Maintenance;

/// <summary><c>move-leader</c>: only the leader can hand over, so it is looked for first.</summary>
internal static class MoveLeaderCommand
{
    public static Command Create(GlobalFlags globals) => new("move-leader <transferee-member-id>", "Transfers leadership to another etcd cluster member.")
    {
        Group = CommandGroups.Cluster,
        Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "move-leader command needs 1 argument");
            ulong target = MemberIdentifier.TryParse(invocation.Arguments[0], out string problem) ?? throw new CommandException(ExitCode.BadArguments, problem);
            await using Session session = await Session.OpenAsync(globals, invocation);
            foreach (string endpoint in session.Endpoints)
            {
                await using Session one = session.At(endpoint, invocation);
                StatusResponse status = await one.CallAsync(MaintenanceMethods.Status, new StatusRequest());
                ulong leader = status.Leader;
                if (leader != status.Header.MemberId)
                    continue;
                MoveLeaderResponse response = await one.CallAsync(MaintenanceMethods.MoveLeader, new MoveLeaderRequest { TargetID = target });
                session.Display.Show(new()
                {
                    Message = response,
                    Simple = writer => writer.Line($"Leadership transferred from {leader:x} to {target:x}"),
                });
                return ExitCode.Success;
            }
            throw new CommandException(ExitCode.BadArguments, $"no leader endpoint given at [{string.Join(' ', session.Endpoints)}]");
        },
    };
}
