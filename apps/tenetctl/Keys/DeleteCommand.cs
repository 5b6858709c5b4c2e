using Google.Protobuf;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Keys;

/// <summary><c>del</c>, as a command and as a line of a transaction.</summary>
internal static class DeleteCommand
{
    private static readonly TimeSpan TimeToThinkAgain = TimeSpan.FromSeconds(2);

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("del [options] <key> [range_end]", "Removes the specified key or range of keys [key, range_end)") { Group = CommandGroups.KeyValue };
        DeleteFlags flags = new(command.Flags);
        command.Run = async invocation =>
        {
            DeleteRangeRequest request = await RequestAsync(flags, invocation.Arguments, invocation);
            await using Session session = await Session.OpenAsync(globals, invocation);
            session.Display.Show(KeyReports.Delete(await session.CallAsync(KvMethods.DeleteRange, request)));
            return ExitCode.Success;
        };
        return command;
    }

    /// <summary>The request that arguments and flags make. A range that is not confirmed by its flag is announced, and can be interrupted.</summary>
    /// <exception cref="CommandException">They make none.</exception>
    public static async Task<DeleteRangeRequest> RequestAsync(DeleteFlags flags, IReadOnlyList<string> arguments, Invocation invocation)
    {
        if (arguments.Count is 0 or > 2)
            throw new CommandException(ExitCode.BadArguments, "del command needs one argument as key and an optional argument as range_end");
        KeyRanges.CheckFlags(flags.Prefix.Value, flags.FromKey.Value);
        (ByteString key, ByteString end) = KeyRanges.Of(arguments, flags.Prefix.Value, flags.FromKey.Value);
        if (arguments.Count > 1 && !flags.Range.Value)
        {
            invocation.Console.Error.Line($"Warning: Keys between {GoQuote.Text(arguments[0])} and {GoQuote.Text(arguments[1])} will be deleted. "
                + "Please interrupt the command within next 2 seconds to cancel. You can provide `--range` flag to avoid the delay.");
            invocation.Console.Error.Flush();
            await Task.Delay(TimeToThinkAgain, invocation.Cancellation);
        }
        return new() { Key = key, RangeEnd = end, PrevKv = flags.PreviousPairs.Value };
    }
}
