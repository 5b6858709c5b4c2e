using Tenet.CommandLine;
using Tenet.Ctl.Endpoints;
using Tenet.Ctl.Maintenance;
using Tenet.Ctl.Members;
using Tenet.Ctl.Users;

namespace Tenet.Ctl;

/// <summary>Commands on members, endpoints, maintenance, users and roles.</summary>
internal static class AdministrationCommands
{
    public static Command[] Create(GlobalFlags globals) =>
    [
        MemberCommands.Create(globals),
        EndpointCommands.Create(globals),
        AlarmCommands.Create(globals),
        DefragCommand.Create(globals),
        MoveLeaderCommand.Create(globals),
        DowngradeCommands.Create(globals),
        SnapshotCommands.Create(globals),
        AuthCommands.Create(globals),
        UserCommands.Create(globals),
        RoleCommands.Create(globals),
    ];
}
