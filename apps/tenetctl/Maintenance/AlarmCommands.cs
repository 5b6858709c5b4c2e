using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Maintenance;

/// <summary><c>alarm</c> and what stands below it.</summary>
internal static class AlarmCommands
{
    public static Command Create(GlobalFlags globals) => new Command("alarm <subcommand>", "Alarm related commands. Use `tenetctl alarm --help` to see subcommands")
    {
        Group = CommandGroups.Cluster,
        Description = "Alarm related commands",
    }.Add(Disarm(globals), List(globals));

    private static Command Disarm(GlobalFlags globals) => new("disarm", "Disarms all alarms")
    {
        Run = async invocation =>
        {
            RefuseArguments(invocation, "alarm disarm command accepts no arguments");
            await using Session session = await Session.OpenAsync(globals, invocation);
            AlarmResponse raised = await session.CallAsync(MaintenanceMethods.Alarm, new AlarmRequest());
            // There is no request for all: each is taken back, and what was taken back is the answer.
            AlarmResponse disarmed = new();
            foreach (AlarmMember alarm in raised.Alarms)
            {
                AlarmRequest request = new() { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm };
                disarmed.Alarms.AddRange((await session.CallAsync(MaintenanceMethods.Alarm, request)).Alarms);
            }
            session.Display.Show(Alarms(disarmed));
            return ExitCode.Success;
        },
    };

    private static Command List(GlobalFlags globals) => new("list", "Lists all alarms")
    {
        Run = async invocation =>
        {
            RefuseArguments(invocation, "alarm list command accepts no arguments");
            await using Session session = await Session.OpenAsync(globals, invocation);
            session.Display.Show(Alarms(await session.CallAsync(MaintenanceMethods.Alarm, new AlarmRequest())));
            return ExitCode.Success;
        },
    };

    private static void RefuseArguments(Invocation invocation, string refusal)
    {
        if (invocation.Arguments.Count > 0)
            throw new CommandException(ExitCode.BadArguments, refusal);
    }

    private static Report Alarms(AlarmResponse response) => new()
    {
        Message = response,
        Simple = writer =>
        {
            foreach (AlarmMember member in response.Alarms)
                writer.Line($"memberID:{member.MemberID} alarm:{Name(member.Alarm)} ");
        },
        Fields = writer =>
        {
            writer.Header(response.Header);
            foreach (AlarmMember member in response.Alarms)
            {
                writer.Identifier("MemberID", member.MemberID);
                writer.Value("AlarmType", Name(member.Alarm));
                writer.Blank();
            }
        },
    };

    private static string Name(AlarmType alarm) => alarm.ToString().ToUpperInvariant();
}
