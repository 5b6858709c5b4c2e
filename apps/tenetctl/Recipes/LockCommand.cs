using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Processes;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Recipes;

/// <summary><c>lock</c></summary>
internal static class LockCommand
{
    private const long StandardSeconds = 10;

    /// <summary>What etcd's client takes if the seconds make no sense.</summary>
    private const long FallbackSeconds = 60;

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("lock <lockname> [exec-command arg1 arg2 ...]", "Acquires a named lock") { Group = CommandGroups.Concurrency };
        Flag<long> seconds = command.Flags.Integer("ttl", StandardSeconds, "timeout for session");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count == 0)
                throw new CommandException(ExitCode.BadArguments, "lock takes a lock name argument and an optional command to execute");
            await using Session session = await Session.OpenAsync(globals, invocation);
            using Interruption interruption = new(session.Cancellation);
            LockOptions options = new() { TimeToLive = TimeSpan.FromSeconds(seconds.Value > 0 ? seconds.Value : FallbackSeconds) };
            await using HeldLock held = await Waiting.ForAsync(session, () => session.Client.Locks.AcquireAsync(invocation.Arguments[0], options, interruption.Token));
            return invocation.Arguments.Count > 1
                ? await RunAsync(session, held, [.. invocation.Arguments.Skip(1)])
                : await HoldAsync(session, held, interruption.Token);
        };
        return command;
    }

    private static async Task<int> RunAsync(Session session, HeldLock held, IReadOnlyList<string> command)
    {
        ChildResult result = await ChildProcess.RunAsync(session.Console, command, [("ETCD_LOCK_KEY", held.Key), ("ETCD_LOCK_REV", $"{held.FencingRevision}")]);
        return result.Problem is { } problem ? throw new CommandException(result.ExitCode, problem) : ExitCode.Success;
    }

    private static async Task<int> HoldAsync(Session session, HeldLock held, CancellationToken interrupted)
    {
        RangeResponse own = await session.CallAsync(KvMethods.Range, new() { Key = Bytes.Of(held.Key) }, CallOptions.None);
        if (own.Kvs.Count == 0)
            throw new CommandException(ExitCode.Error, "lock lost on init");
        session.Display.Show(KeyReports.Get(own));
        await Waiting.HoldAsync("session expired", held.Lost, interrupted);
        return ExitCode.Success;
    }
}
