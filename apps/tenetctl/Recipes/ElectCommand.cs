using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Processes;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Recipes;

/// <summary><c>elect</c></summary>
internal static class ElectCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("elect <election-name> [proposal]", "Observes and participates in leader election") { Group = CommandGroups.Concurrency };
        Flag<bool> listen = command.Flags.Switch("listen", 'l', false, "observation mode");
        command.Run = async invocation =>
        {
            IReadOnlyList<string> arguments = invocation.Arguments;
            if (arguments.Count is not (1 or 2))
                throw new CommandException(ExitCode.BadArguments, "elect takes one election name argument and an optional proposal argument");
            if (arguments.Count == 1 != listen.Value)
                throw new CommandException(ExitCode.BadArguments, listen.Value ? "proposal given but -l is set" : "no proposal argument but -l not set");
            await using Session session = await Session.OpenAsync(globals, invocation);
            using Interruption interruption = new(session.Cancellation);
            return listen.Value
                ? await ObserveAsync(session, arguments[0], interruption.Token)
                : await CampaignAsync(session, arguments[0], arguments[1], interruption.Token);
        };
        return command;
    }

    private static async Task<int> CampaignAsync(Session session, string name, string proposal, CancellationToken interrupted)
    {
        await using Leadership leadership = await Waiting.ForAsync(
            session, () => session.Client.Elections.CampaignAsync(name, RawText.Encode(proposal).AsMemory(), null, interrupted));
        session.Display.Show(KeyReports.Get(await session.CallAsync(KvMethods.Range, new() { Key = Bytes.Of(leadership.Key) }, CallOptions.None)));
        await Waiting.HoldAsync("elect: session expired", leadership.Lost, interrupted);
        return ExitCode.Success;
    }

    private static async Task<int> ObserveAsync(Session session, string name, CancellationToken interrupted)
    {
        long shown = 0;
        try
        {
            await foreach (KeyValue leader in session.Client.Elections.ObserveAsync(name, interrupted))
            {
                // Read again, for the response that the formats print; it may already tell of the next change.
                RangeResponse now = await session.CallAsync(KvMethods.Range, new() { Key = Google.Protobuf.ByteString.CopyFrom(leader.Key.Span) }, CallOptions.None);
                if (now.Kvs.Count == 0 || now.Kvs[0].ModRevision == shown)
                    continue;
                shown = now.Kvs[0].ModRevision;
                session.Display.Show(KeyReports.Get(now));
            }
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
        catch (CallException exception)
        {
            throw session.Judged(exception);
        }
        throw new CommandException(ExitCode.Error, "elect: observer lost");
    }
}
