using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.Wal;

namespace Tenet.Utl.Commands;

/// <summary><c>wal dump</c>.</summary>
internal static class WalCommands
{
    public static Command Create(IFileSystem files, GlobalFlags globals) => new Command("wal <subcommand>", "Looks at write-ahead logs").Add(Dump(files, globals));

    private static Command Dump(IFileSystem files, GlobalFlags globals)
    {
        Command command = new("dump <wal-dir|data-dir>", "Prints the records of a write-ahead log; takes no lock and changes nothing")
        {
            CheckArguments = static arguments => arguments.Count == 1 ? null : $"accepts 1 arg(s), received {arguments.Count}",
        };
        Flag<ulong> start = command.Flags.Unsigned("start-index", 0, "leave out the entries before this index");
        Flag<string> types = command.Flags.Text("entry-type", "", $"print only entries of these types, separated by commas: {string.Join(", ", EntryKind.All)}");
        command.Run = invocation => Task.FromResult(CommandTree.Guarded(() =>
        {
            var options = new WalDumpOptions { StartIndex = start.Value, EntryKinds = Kinds(types.Value), Json = globals.Format("simple", "json") == "json" };
            new WalDump(files, invocation.Console.Out, options).Run(invocation.Arguments[0]);
            return ExitCode.Success;
        }));
        return command;
    }

    private static IReadOnlySet<string>? Kinds(string text)
    {
        try
        {
            return text.Length == 0 ? null : EntryKind.ParseList(text);
        }
        catch (FormatException unknown)
        {
            throw new CommandException(ExitCode.BadArguments, unknown.Message, unknown);
        }
    }
}
