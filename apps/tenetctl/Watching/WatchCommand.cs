using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Transactions;

namespace Tenet.Ctl.Watching;

/// <summary><c>watch</c></summary>
internal static class WatchCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]", "Watches events stream on keys or prefixes") { Group = CommandGroups.KeyValue };
        WatchFlags flags = new(command.Flags);
        command.Run = async invocation =>
        {
            WatchVariables variables = WatchVariables.OfProcess();
            WatchOrder? order = flags.Interactive.Value ? null : WatchOrder.Of(flags, new(invocation.Arguments, invocation.ArgumentsBeforeDash), variables);
            await using Session session = await Session.OpenAsync(globals, invocation, WatchVariables.KeyName, WatchVariables.RangeEndName);
            await using WatchStream stream = new(session.Calls, new WatchPrinter(session).ShowAsync, session.Cancellation);
            if (order is null)
                throw await InteractAsync(stream, invocation, variables);
            await stream.AddAsync(order);
            await stream.Ended;
            throw new CommandException(ExitCode.Interrupted, "watch is canceled by the server");
        };
        return command;
    }

    /// <summary>Reads lines until the input ends; the result says so, as the error that it is.</summary>
    private static async Task<CommandException> InteractAsync(WatchStream stream, Invocation invocation, WatchVariables variables)
    {
        OutputWriter error = invocation.Console.Error;
        while (true)
        {
            // Whatever ends the printing ends the command, while this thread still waits for a line.
            Task<string?> reading = Task.Run(() => Line(invocation.Console.In));
            await await Task.WhenAny(reading, stream.Failed);
            if (await reading is not { } line)
                return new(ExitCode.InvalidInput, "error reading watch request line: EOF");
            List<string> words = Words.Split(line);
            if (words.Count == 0)
                Say($"Invalid command: {line} (watch and progress supported)");
            else if (words[0] == "progress")
                await stream.AskProgressAsync();
            else if (words[0] != "watch")
                Say($"Invalid command {line} (only support watch)");
            else if (words.Count < 2 && variables.Key.Length == 0)
                Say($"Invalid command {line} (command type or key is not provided)");
            else
                await stream.AddAsync(Order(words, variables));
        }

        void Say(string text)
        {
            error.Line(text);
            error.Flush();
        }
    }

    private static WatchOrder Order(List<string> words, WatchVariables variables)
    {
        FlagSet set = new();
        WatchFlags flags = new(set);
        try
        {
            return WatchOrder.Of(flags, set.Parse(words[1..]), variables);
        }
        catch (UsageException exception)
        {
            throw new CommandException(ExitCode.BadArguments, exception.Message, exception);
        }
    }

    private static string? Line(InputReader input)
    {
        string line = input.ReadLine(out bool ended);
        return ended ? null : line;
    }
}
