using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Members;

/// <summary><c>member</c> and what stands below it.</summary>
internal static class MemberCommands
{
    public static Command Create(GlobalFlags globals) => new Command("member <subcommand>", "Membership related commands. Use `tenetctl member --help` to see subcommands")
    {
        Group = CommandGroups.Cluster,
        Description = "Membership related commands",
    }.Add(Add(globals), Remove(globals), Update(globals), List(globals), Promote(globals));

    private static Command Add(GlobalFlags globals)
    {
        Command command = new("add <memberName> [options]", "Adds a member into the cluster");
        Flag<string> peerUrls = command.Flags.Text("peer-urls", "", "comma separated peer URLs for the new member.");
        Flag<bool> learner = command.Flags.Switch("learner", false, "indicates if the new member is raft learner");
        command.Run = async invocation =>
        {
            string name = NameOf(invocation.Arguments);
            MemberAddRequest request = new() { IsLearner = learner.Value, PeerURLs = { PeerUrls.Parse(peerUrls.Value) } };
            await using Session session = await Session.OpenAsync(globals, invocation);
            MemberAddResponse response = await session.CallAsync(ClusterMethods.MemberAdd, request);
            session.Display.Show(MemberReports.Added(response, name, peerUrls.Value, session.Display.IsHex));
            return ExitCode.Success;
        };
        return command;
    }

    private static Command Remove(GlobalFlags globals) => new("remove <memberID>", "Removes a member from the cluster")
    {
        Run = async invocation =>
        {
            ulong member = MemberIdentifier.OfOnlyArgument(invocation.Arguments);
            await using Session session = await Session.OpenAsync(globals, invocation);
            MemberRemoveResponse response = await session.CallAsync(ClusterMethods.MemberRemove, new MemberRemoveRequest { ID = member });
            session.Display.Show(MemberReports.Removed(member, response, session.Display.IsHex));
            return ExitCode.Success;
        },
    };

    private static Command Update(GlobalFlags globals)
    {
        Command command = new("update <memberID> [options]", "Updates a member in the cluster");
        Flag<string> peerUrls = command.Flags.Text("peer-urls", "", "comma separated peer URLs for the updated member.");
        command.Run = async invocation =>
        {
            ulong member = MemberIdentifier.OfOnlyArgument(invocation.Arguments);
            MemberUpdateRequest request = new() { ID = member, PeerURLs = { PeerUrls.Parse(peerUrls.Value) } };
            await using Session session = await Session.OpenAsync(globals, invocation);
            MemberUpdateResponse response = await session.CallAsync(ClusterMethods.MemberUpdate, request);
            session.Display.Show(MemberReports.Updated(member, response, session.Display.IsHex));
            return ExitCode.Success;
        };
        return command;
    }

    private static Command List(GlobalFlags globals)
    {
        Command command = new("list", "Lists all members in the cluster")
        {
            Description = """
                Lists all members in the cluster.

                The simple format has a line for each member, with commas between ID, status, name, peer addresses, client addresses,
                and whether it is a learner.
                """,
        };
        Flag<string> consistency = command.Flags.Text("consistency", "l", "Linearizable(l) or Serializable(s)");
        command.Run = async invocation =>
        {
            bool isSerializable = Consistency.IsSerializable(consistency.Value);
            await using Session session = await Session.OpenAsync(globals, invocation);
            MemberListResponse response = await session.CallAsync(ClusterMethods.MemberList, new MemberListRequest { Linearizable = !isSerializable });
            session.Display.Show(MemberReports.List(response, session.Display.IsHex));
            return ExitCode.Success;
        };
        return command;
    }

    private static Command Promote(GlobalFlags globals) => new("promote <memberID>", "Promotes a non-voting member in the cluster")
    {
        Description = "Makes a learner a voting member of the cluster.",
        Run = async invocation =>
        {
            ulong member = MemberIdentifier.OfOnlyArgument(invocation.Arguments);
            await using Session session = await Session.OpenAsync(globals, invocation);
            MemberPromoteResponse response = await session.CallAsync(ClusterMethods.MemberPromote, new MemberPromoteRequest { ID = member });
            session.Display.Show(MemberReports.Promoted(member, response, session.Display.IsHex));
            return ExitCode.Success;
        },
    };

    private static string NameOf(IReadOnlyList<string> arguments) => arguments.Count switch
    {
        1 => arguments[0],
        0 => throw new CommandException(ExitCode.BadArguments, "member name not provided"),
        _ => throw new CommandException(ExitCode.BadArguments, "too many arguments" + string.Concat(
            arguments.Where(static argument => argument.StartsWith("http", StringComparison.OrdinalIgnoreCase)).Select(static url => $", did you mean --peer-urls={url}"))),
    };
}
