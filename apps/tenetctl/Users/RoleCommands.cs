using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;
using PermissionType = Tenet.Protocol.Authpb.Permission.Types.Type;

namespace Tenet.Ctl.Users;

/// <summary><c>role</c> and what stands below it.</summary>
internal static class RoleCommands
{
    public static Command Create(GlobalFlags globals) => new Command("role <subcommand>", "Role related commands. Use `tenetctl role --help` to see subcommands")
    {
        Group = CommandGroups.Authentication,
        Description = "Role related commands",
    }.Add(Add(globals), Delete(globals), Get(globals), List(globals), GrantPermission(globals), RevokePermission(globals));

    private static Command Add(GlobalFlags globals) => new("add <role name>", "Adds a new role")
    {
        Run = async invocation =>
        {
            string role = OnlyName(invocation);
            return await UserCommands.ChangeAsync(globals, invocation, AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = role }, static response => response.Header, $"Role {role} created");
        },
    };

    private static Command Delete(GlobalFlags globals) => new("delete <role name>", "Deletes a role")
    {
        Run = async invocation =>
        {
            string role = OnlyName(invocation);
            return await UserCommands.ChangeAsync(globals, invocation, AuthMethods.RoleDelete, new AuthRoleDeleteRequest { Role = role }, static response => response.Header, $"Role {role} deleted");
        },
    };

    private static Command Get(GlobalFlags globals) => new("get <role name>", "Gets detailed information of a role")
    {
        Run = async invocation =>
        {
            string role = OnlyName(invocation);
            await using Session session = await Session.OpenAsync(globals, invocation);
            session.Display.Show(RoleReports.Role(role, await session.CallAsync(AuthMethods.RoleGet, new AuthRoleGetRequest { Role = role }, CallOptions.None)));
            return ExitCode.Success;
        },
    };

    private static Command List(GlobalFlags globals) => new("list", "Lists all roles")
    {
        Run = async invocation =>
        {
            if (invocation.Arguments.Count > 0)
                throw new CommandException(ExitCode.BadArguments, "role list command requires no arguments");
            await using Session session = await Session.OpenAsync(globals, invocation);
            session.Display.Show(RoleReports.List(await session.CallAsync(AuthMethods.RoleList, new AuthRoleListRequest(), CallOptions.None)));
            return ExitCode.Success;
        },
    };

    private static Command GrantPermission(GlobalFlags globals)
    {
        Command command = new("grant-permission [options] <role name> <permission type> <key> [endkey]", "Grants a key to a role");
        PermissionRange range = new(command.Flags, "grant");
        command.Run = async invocation =>
        {
            if (invocation.Arguments is not [string role, string type, ..] || invocation.Arguments.Count < 3)
                throw new CommandException(ExitCode.BadArguments, "role grant command requires role name, permission type, and key [endkey] as its argument");
            PermissionType permission = Type(type);
            (ByteString key, ByteString end) = range.Of([.. invocation.Arguments.Skip(2)]);
            AuthRoleGrantPermissionRequest request = new() { Name = role, Perm = new() { Key = key, RangeEnd = end, PermType = permission } };
            return await UserCommands.ChangeAsync(globals, invocation, AuthMethods.RoleGrantPermission, request, static response => response.Header, $"Role {role} updated");
        };
        return command;
    }

    private static Command RevokePermission(GlobalFlags globals)
    {
        Command command = new("revoke-permission <role name> <key> [endkey]", "Revokes a key from a role");
        PermissionRange range = new(command.Flags, "revoke");
        command.Run = async invocation =>
        {
            if (invocation.Arguments is not [string role, string firstKey, ..])
                throw new CommandException(ExitCode.BadArguments, "role revoke-permission command requires role name and key [endkey] as its argument");
            (ByteString key, ByteString end) = range.Of([.. invocation.Arguments.Skip(1)]);
            AuthRoleRevokePermissionRequest request = new() { Role = role, Key = key, RangeEnd = end };
            string what = end.IsEmpty ? $"key {firstKey}"
                : end == KeyRanges.Zero ? $"range [{firstKey}, <open ended>"
                : $"range [{firstKey}, {RawText.Decode(end.Span)})";
            return await UserCommands.ChangeAsync(
                globals, invocation, AuthMethods.RoleRevokePermission, request, static response => response.Header, $"Permission of {what} is revoked from role {role}");
        };
        return command;
    }

    private static PermissionType Type(string text) => text.ToUpperInvariant() switch
    {
        "READ" => PermissionType.Read,
        "WRITE" => PermissionType.Write,
        "READWRITE" => PermissionType.Readwrite,
        _ => throw new CommandException(ExitCode.BadArguments, $"invalid permission type: {text}"),
    };

    private static string OnlyName(Invocation invocation) =>
        invocation.Arguments is [string name] ? name : throw new CommandException(ExitCode.BadArguments, $"role {invocation.Command.Name} command requires role name as its argument");
}
