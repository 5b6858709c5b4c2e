using System.Diagnostics;
using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Endpoints;

/// <summary><c>endpoint</c> and what stands below it.</summary>
internal static class EndpointCommands
{
    // Whether there is such a key does not matter: the answer shows that the members agree.
    private static readonly ByteString ProbedKey = ByteString.CopyFromUtf8("health");

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("endpoint <subcommand>", "Endpoint related commands. Use `tenetctl endpoint --help` to see subcommands")
        {
            Group = CommandGroups.Cluster,
            Description = "Endpoint related commands",
        };
        ClusterEndpoints endpoints = new(command.PersistentFlags);
        return command.Add(Health(globals, endpoints), Status(globals, endpoints), HashKV(globals, endpoints));
    }

    private static Command Health(GlobalFlags globals, ClusterEndpoints endpoints) => new("health", "Checks the healthiness of endpoints specified in `--endpoints` flag")
    {
        Run = async invocation =>
        {
            await using Session session = await Session.OpenAsync(globals, invocation);
            IReadOnlyList<string> asked = await endpoints.ListAsync(session);
            EndpointHealth[] list = await Task.WhenAll(asked.Select(endpoint => ProbeAsync(session, endpoint, invocation)));
            session.Display.Show(EndpointReports.Health(list, invocation.Console.Error));
            return list.All(static health => health.IsHealthy) ? ExitCode.Success : throw new CommandException(ExitCode.Error, "unhealthy cluster");
        },
    };

    private static Command Status(GlobalFlags globals, ClusterEndpoints endpoints) => new("status", "Prints out the status of endpoints specified in `--endpoints` flag")
    {
        Description = """
            Prints out the status of endpoints specified in `--endpoints` flag.

            The simple format has a line for each endpoint, with commas between endpoint, ID, version, storage version, database size, size in use,
            percentage not in use, quota, is leader, is learner, raft term, raft index, raft applied index, errors, downgrade target version,
            and whether a downgrade is under way.
            """,
        Run = async invocation =>
        {
            await using Session session = await Session.OpenAsync(globals, invocation);
            (List<EndpointAnswer<StatusResponse>> answers, CallException? failure) =
                await AskAsync(session, endpoints, invocation, MaintenanceMethods.Status, new StatusRequest(), "status");
            session.Display.Show(EndpointReports.Status(answers));
            return failure is null ? ExitCode.Success : ExitCode.Error;
        },
    };

    private static Command HashKV(GlobalFlags globals, ClusterEndpoints endpoints)
    {
        Command command = new("hashkv", "Prints the KV history hash for each endpoint in --endpoints");
        Flag<long> revision = command.PersistentFlags.Integer("rev", 0, "maximum revision to hash (default: latest revision)");
        command.Run = async invocation =>
        {
            await using Session session = await Session.OpenAsync(globals, invocation);
            (List<EndpointAnswer<HashKVResponse>> answers, CallException? failure) =
                await AskAsync(session, endpoints, invocation, MaintenanceMethods.HashKV, new HashKVRequest { Revision = revision.Value }, "hash");
            session.Display.Show(EndpointReports.HashKV(answers));
            return failure is null ? ExitCode.Success : throw session.Judged(failure);
        };
        return command;
    }

    /// <summary>Asks one endpoint after the other. Who does not answer is told of; the last such failure is handed on.</summary>
    private static async Task<(List<EndpointAnswer<TResponse>> Answers, CallException? Failure)> AskAsync<TRequest, TResponse>(
        Session session, ClusterEndpoints endpoints, Invocation invocation, ClientMethod<TRequest, TResponse> method, TRequest request, string wanted)
        where TRequest : class
        where TResponse : class
    {
        List<EndpointAnswer<TResponse>> answers = [];
        CallException? failure = null;
        foreach (string endpoint in await endpoints.ListAsync(session))
        {
            await using Session one = session.At(endpoint, invocation);
            try
            {
                answers.Add(new(endpoint, await one.TryCallAsync(method, request, one.Bounded)));
            }
            catch (CallException exception)
            {
                if (one.Judged(exception) is { ExitCode: ExitCode.BadConnection } refusal)
                    throw refusal;
                failure = exception;
                invocation.Console.Error.Line($"Failed to get the {wanted} of endpoint {endpoint} ({CallErrors.Text(exception)})");
            }
        }
        return (answers, failure);
    }

    private static async Task<EndpointHealth> ProbeAsync(Session session, string endpoint, Invocation invocation)
    {
        await using Session one = session.At(endpoint, invocation);
        long start = Stopwatch.GetTimestamp();
        string problem = "";
        try
        {
            await one.TryCallAsync(KvMethods.Range, new RangeRequest { Key = ProbedKey }, one.Bounded);
        }
        catch (CallException exception) when (exception.Message == EtcdErrors.PermissionDenied.Message)
        {
            // Who may not read the key learnt so from members that agree.
        }
        catch (CallException exception)
        {
            problem = CallErrors.Text(exception);
        }
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        return new(endpoint, took, problem.Length > 0 ? problem : await AlarmsAsync(one));
    }

    private static async Task<string> AlarmsAsync(Session session)
    {
        try
        {
            AlarmResponse response = await session.TryCallAsync(MaintenanceMethods.Alarm, new AlarmRequest(), session.Bounded);
            return response.Alarms.Count == 0 ? "" : "Active Alarm(s): " + string.Concat(response.Alarms.Select(static member => Name(member.Alarm) + " "));
        }
        catch (CallException)
        {
            return "Unable to fetch the alarm list";
        }
    }

    private static string Name(AlarmType alarm) => alarm switch
    {
        AlarmType.Nospace => "NOSPACE",
        AlarmType.Corrupt => "CORRUPT",
        _ => "UNKNOWN",
    };
}
