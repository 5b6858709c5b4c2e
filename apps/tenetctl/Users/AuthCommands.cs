using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Users;

/// <summary><c>auth</c> and what stands below it.</summary>
internal static class AuthCommands
{
    private const string Root = "root";

    public static Command Create(GlobalFlags globals) => new Command("auth <enable or disable>", "Enable or disable authentication. Use `tenetctl auth --help` to see subcommands")
    {
        Group = CommandGroups.Authentication,
        Description = "Enable or disable authentication",
    }.Add(Enable(globals), Disable(globals), Status(globals));

    private static Command Enable(GlobalFlags globals) => new("enable", "Enables authentication")
    {
        Run = async invocation =>
        {
            RefuseArguments(invocation);
            await using Session session = await Session.OpenAsync(globals, invocation);
            try
            {
                await session.TryCallAsync(AuthMethods.AuthEnable, new AuthEnableRequest(), session.Bounded);
            }
            catch (CallException exception) when (exception.Message == EtcdErrors.RootUserDoesNotHaveRootRole.Message)
            {
                // Without it nobody could turn authentication off again.
                await session.CallAsync(AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = Root });
                await session.CallAsync(AuthMethods.UserGrantRole, new AuthUserGrantRoleRequest { User = Root, Role = Root });
                await session.CallAsync(AuthMethods.AuthEnable, new AuthEnableRequest());
            }
            catch (CallException exception)
            {
                throw session.Judged(exception);
            }
            invocation.Console.Out.Line("Authentication Enabled");
            return ExitCode.Success;
        },
    };

    private static Command Disable(GlobalFlags globals) => new("disable", "Disables authentication")
    {
        Run = async invocation =>
        {
            RefuseArguments(invocation);
            await using Session session = await Session.OpenAsync(globals, invocation);
            await session.CallAsync(AuthMethods.AuthDisable, new AuthDisableRequest());
            invocation.Console.Out.Line("Authentication Disabled");
            return ExitCode.Success;
        },
    };

    private static Command Status(GlobalFlags globals) => new("status", "Returns authentication status")
    {
        Run = async invocation =>
        {
            RefuseArguments(invocation);
            await using Session session = await Session.OpenAsync(globals, invocation);
            AuthStatusResponse response = await session.CallAsync(AuthMethods.AuthStatus, new AuthStatusRequest());
            session.Display.Show(new()
            {
                Message = response,
                Simple = writer =>
                {
                    writer.Line($"Authentication Status: {(response.Enabled ? "true" : "false")}");
                    writer.Line($"AuthRevision: {response.AuthRevision}");
                },
            });
            return ExitCode.Success;
        },
    };

    private static void RefuseArguments(Invocation invocation)
    {
        if (invocation.Arguments.Count > 0)
            throw new CommandException(ExitCode.BadArguments, $"auth {invocation.Command.Name} command does not accept any arguments");
    }
}
