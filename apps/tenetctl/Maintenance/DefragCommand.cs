using System.Diagnostics;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Endpoints;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Maintenance;

/// <summary><c>defrag</c>: one member after the other, because a member stands still meanwhile.</summary>
internal static class DefragCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("defrag", "Defragments the storage of the etcd members with given endpoints") { Group = CommandGroups.Cluster };
        ClusterEndpoints endpoints = new(command.PersistentFlags);
        command.Run = async invocation =>
        {
            await using Session session = await Session.OpenAsync(globals, invocation);
            int exitCode = ExitCode.Success;
            foreach (string endpoint in await endpoints.ListAsync(session))
            {
                if (!await DefragmentAsync(session, endpoint, invocation))
                    exitCode = ExitCode.Error;
            }
            return exitCode;
        };
        return command;
    }

    private static async Task<bool> DefragmentAsync(Session session, string endpoint, Invocation invocation)
    {
        CommandConsole console = invocation.Console;
        await using Session one = session.At(endpoint, invocation);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await one.TryCallAsync(MaintenanceMethods.Defragment, new DefragmentRequest(), one.Bounded);
        }
        catch (CallException exception)
        {
            if (one.Judged(exception) is { ExitCode: ExitCode.BadConnection } refusal)
                throw refusal;
            console.Error.Line($"Failed to defragment etcd member[{endpoint}]. took {Took(start)}. ({CallErrors.Text(exception)})");
            return false;
        }
        console.Out.Line($"Finished defragmenting etcd member[{endpoint}]. took {Took(start)}");
        console.Out.Flush();
        return true;
    }

    private static string Took(long start) => GoDuration.Format(Stopwatch.GetElapsedTime(start));
}
