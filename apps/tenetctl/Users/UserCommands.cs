using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Users;

/// <summary><c>user</c> and what stands below it.</summary>
internal static class UserCommands
{
    public static Command Create(GlobalFlags globals) => new Command("user <subcommand>", "User related commands. Use `tenetctl user --help` to see subcommands")
    {
        Group = CommandGroups.Authentication,
        Description = "User related commands",
    }.Add(Add(globals), Delete(globals), Get(globals), List(globals), Passwd(globals), GrantRole(globals), RevokeRole(globals));

    private static Command Add(GlobalFlags globals)
    {
        Command command = new("add <user name or user:password> [options]", "Adds a new user");
        Flag<bool> interactive = command.Flags.Switch("interactive", true, "Read password from stdin instead of interactive terminal");
        Flag<string> given = command.Flags.Text("new-user-password", "", "Supply password from the command line flag");
        Flag<bool> without = command.Flags.Switch("no-password", false, "Create a user without password (CN based auth only)");
        command.Run = async invocation =>
        {
            string name = OnlyName(invocation, "user add command requires user name as its argument");
            AuthUserAddRequest request = new() { Name = name, Options = new() { NoPassword = without.Value } };
            if (!without.Value)
            {
                int colon = name.IndexOf(':', StringComparison.Ordinal);
                if (given.Value.Length > 0)
                    request.Password = given.Value;
                else if (colon < 0)
                    request.Password = NewPassword.Read(invocation.Console, name, interactive.Value);
                else if (colon == 0)
                    throw new CommandException(ExitCode.BadArguments, "empty user name is not allowed");
                else
                    (request.Name, request.Password) = (name[..colon], name[(colon + 1)..]);
            }
            return await ChangeAsync(globals, invocation, AuthMethods.UserAdd, request, static response => response.Header, $"User {request.Name} created");
        };
        return command;
    }

    private static Command Delete(GlobalFlags globals) => new("delete <user name>", "Deletes a user")
    {
        Run = async invocation =>
        {
            string name = OnlyName(invocation, "user delete command requires user name as its argument");
            return await ChangeAsync(globals, invocation, AuthMethods.UserDelete, new AuthUserDeleteRequest { Name = name }, static response => response.Header, $"User {name} deleted");
        },
    };

    private static Command Get(GlobalFlags globals)
    {
        Command command = new("get <user name> [options]", "Gets detailed information of a user");
        Flag<bool> detail = command.Flags.Switch("detail", false, "Show permissions of roles granted to the user");
        command.Run = async invocation =>
        {
            string name = OnlyName(invocation, "user get command requires user name as its argument");
            await using Session session = await Session.OpenAsync(globals, invocation);
            AuthUserGetResponse user = await session.CallAsync(AuthMethods.UserGet, new AuthUserGetRequest { Name = name }, CallOptions.None);
            if (!detail.Value)
            {
                session.Display.Show(new()
                {
                    Message = user,
                    Simple = writer =>
                    {
                        writer.Line($"User: {name}");
                        writer.Line($"Roles:{string.Concat(user.Roles.Select(static role => " " + role))}");
                    },
                });
                return ExitCode.Success;
            }
            invocation.Console.Out.Line($"User: {name}");
            foreach (string role in user.Roles)
            {
                invocation.Console.Out.Line();
                AuthRoleGetResponse permissions = await session.CallAsync(AuthMethods.RoleGet, new AuthRoleGetRequest { Role = role }, CallOptions.None);
                session.Display.Show(RoleReports.Role(role, permissions));
            }
            return ExitCode.Success;
        };
        return command;
    }

    private static Command List(GlobalFlags globals) => new("list", "Lists all users")
    {
        Run = async invocation =>
        {
            if (invocation.Arguments.Count > 0)
                throw new CommandException(ExitCode.BadArguments, "user list command requires no arguments");
            await using Session session = await Session.OpenAsync(globals, invocation);
            AuthUserListResponse response = await session.CallAsync(AuthMethods.UserList, new AuthUserListRequest(), CallOptions.None);
            session.Display.Show(new()
            {
                Message = response,
                Simple = writer =>
                {
                    foreach (string user in response.Users)
                        writer.Line(user);
                },
            });
            return ExitCode.Success;
        },
    };

    private static Command Passwd(GlobalFlags globals)
    {
        Command command = new("passwd <user name> [options]", "Changes password of user");
        Flag<bool> interactive = command.Flags.Switch("interactive", true, "If true, read password from stdin instead of interactive terminal");
        command.Run = async invocation =>
        {
            string name = OnlyName(invocation, "user passwd command requires user name as its argument");
            AuthUserChangePasswordRequest request = new() { Name = name, Password = NewPassword.Read(invocation.Console, name, interactive.Value) };
            return await ChangeAsync(globals, invocation, AuthMethods.UserChangePassword, request, static response => response.Header, "Password updated");
        };
        return command;
    }

    private static Command GrantRole(GlobalFlags globals) => new("grant-role <user name> <role name>", "Grants a role to a user")
    {
        Run = async invocation =>
        {
            (string user, string role) = UserAndRole(invocation, "user grant command requires user name and role name as its argument");
            AuthUserGrantRoleRequest request = new() { User = user, Role = role };
            return await ChangeAsync(globals, invocation, AuthMethods.UserGrantRole, request, static response => response.Header, $"Role {role} is granted to user {user}");
        },
    };

    private static Command RevokeRole(GlobalFlags globals) => new("revoke-role <user name> <role name>", "Revokes a role from a user")
    {
        Run = async invocation =>
        {
            (string user, string role) = UserAndRole(invocation, "user revoke-role requires user name and role name as its argument");
            AuthUserRevokeRoleRequest request = new() { Name = user, Role = role };
            return await ChangeAsync(globals, invocation, AuthMethods.UserRevokeRole, request, static response => response.Header, $"Role {role} is revoked from user {user}");
        },
    };

    /// <summary>A request that changes users or roles, and what is told of it.</summary>
    public static async Task<int> ChangeAsync<TRequest, TResponse>(
        GlobalFlags globals, Invocation invocation, ClientMethod<TRequest, TResponse> method, TRequest request, Func<TResponse, ResponseHeader> header, string done)
        where TRequest : class
        where TResponse : class, IMessage
    {
        await using Session session = await Session.OpenAsync(globals, invocation);
        TResponse response = await session.CallAsync(method, request, CallOptions.None);
        session.Display.Show(new()
        {
            Message = response,
            Simple = writer => writer.Line(done),
            Fields = writer => writer.Header(header(response)),
        });
        return ExitCode.Success;
    }

    private static string OnlyName(Invocation invocation, string refusal) =>
        invocation.Arguments is [string name] ? name : throw new CommandException(ExitCode.BadArguments, refusal);

    private static (string User, string Role) UserAndRole(Invocation invocation, string refusal) =>
        invocation.Arguments is [string user, string role] ? (user, role) : throw new CommandException(ExitCode.BadArguments, refusal);
}
