using System.Globalization;
using System.Runtime.InteropServices;
using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.BoltCommands;

namespace Tenet.Utl.Commands;

/// <summary><c>bbolt</c>: the commands of bbolt that look at db files, and its compaction (contract/api.md, 10.5).</summary>
internal static class BoltCommandTree
{
    private const string FormatVersion = "1.5.0";

    public static Command Create(IFileSystem files, GlobalFlags globals) =>
        new Command("bbolt", "A simple command line tool for inspecting bbolt databases").Add(
            VersionOf(),
            Simple("info <bbolt-file>", "prints basic information about the bbolt database.", 1, 1, (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Info(arguments[0])),
            Simple("inspect <bbolt-file>", "inspect the structure of the database", 1, 1, (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Inspect(arguments[0])),
            Simple("buckets <bbolt-file>", "print a list of buckets in bbolt database", 1, 1, (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Buckets(arguments[0])),
            Simple("pages <bbolt-file>", "print a list of pages in bbolt database", 1, 1, (output, arguments) => new BoltPages(files, output, globals.LockTimeout).List(arguments[0])),
            Simple(
                "stats <bbolt-file>",
                "print stats of bbolt database",
                1,
                2,
                (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Stats(arguments[0], arguments.Count > 1 ? arguments[1] : "")),
            Simple(
                "dump <bbolt-file> pageid [pageid...]",
                "prints a hexadecimal dump of one or more pages of bbolt database.",
                2,
                int.MaxValue,
                (output, arguments) => new BoltPages(files, output, globals.LockTimeout).Dump(arguments[0], PageIds(arguments.Skip(1)))),
            Check(files, globals),
            Keys(files, globals),
            Get(files, globals),
            Page(files, globals),
            PageItem(files, globals),
            Compact(files, globals));

    private static Command VersionOf() => Simple("version", "print the current version of bbolt", 0, int.MaxValue, static (output, _) =>
    {
        output.Line($"bbolt Version: {FormatVersion}");
        output.Line($"Go Version: none ({RuntimeInformation.FrameworkDescription})");
        output.Line($"Go OS/Arch: {RuntimeInformation.RuntimeIdentifier}");
    });

    private static Command Check(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes("check <bbolt-file>", "verify integrity of bbolt database data", 1, 1);
        Flag<ulong> from = command.Flags.Unsigned("from-page", 0, "check db integrity starting from the given page ID");
        return Does(command, (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Check(arguments[0], from.Value));
    }

    private static Command Keys(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes("keys <bbolt-file> <buckets>", "print a list of keys in the given (sub)bucket in bbolt database", 2, int.MaxValue);
        Flag<string> format = command.Flags.Text("format", 'f', "auto", $"Output format one of: {ByteText.Formats}");
        return Does(command, (output, arguments) => new BoltContents(files, output, globals.LockTimeout).Keys(arguments[0], [.. arguments.Skip(1)], format.Value));
    }

    private static Command Get(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes("get PATH [BUCKET..] KEY", "get the value of a key from a (sub)bucket in a bbolt database", 3, int.MaxValue);
        Flag<string> parseFormat = command.Flags.Text("parse-format", "ascii-encoded", "Input format one of: ascii-encoded|hex");
        Flag<string> format = command.Flags.Text("format", "auto", $"Output format one of: {ByteText.Formats} (default: auto)");
        return Does(command, (output, arguments) => new BoltContents(files, output, globals.LockTimeout)
            .Get(arguments[0], [.. arguments.Skip(1).SkipLast(1)], arguments[^1], parseFormat.Value, format.Value));
    }

    private static Command Page(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes("page <bbolt-file> [pageid...]", "page prints one or more pages in human readable format.", 1, int.MaxValue);
        Flag<bool> all = command.Flags.Switch("all", false, "List all pages.");
        Flag<string> format = command.Flags.Text("format-value", "auto", $"Output format one of: {ByteText.Formats}. Applies to values on the leaf page.");
        return Does(command, (output, arguments) =>
        {
            List<ulong> ids = PageIds(arguments.Skip(1));
            if (ids.Count == 0 && !all.Value)
                throw new UtlException("page id required");
            if (ids.Count > 0 && all.Value)
                throw new UtlException("invalid args: either use '--all' or 'pageid...'");
            var pages = new BoltPages(files, output, globals.LockTimeout);
            if (all.Value)
                pages.ShowAll(arguments[0], format.Value);
            else
                pages.Show(arguments[0], ids, format.Value);
        });
    }

    private static Command PageItem(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes("page-item [options] <bbolt-file> pageid itemid", "print a page item key and value in a bbolt database", 3, 3);
        Flag<bool> keyOnly = command.Flags.Switch("key-only", false, "Print only the key");
        Flag<bool> valueOnly = command.Flags.Switch("value-only", false, "Print only the value");
        Flag<string> format = command.Flags.Text("format", "auto", $"Output format one of: {ByteText.Formats}");
        return Does(command, (output, arguments) => new BoltPages(files, output, globals.LockTimeout)
            .ShowItem(arguments[0], PageId(arguments[1]), PageId(arguments[2]), keyOnly.Value, valueOnly.Value, format.Value));
    }

    private static Command Compact(IFileSystem files, GlobalFlags globals)
    {
        Command command = Takes(
            "compact [options] -o <dst-bbolt-file> <src-bbolt-file>",
            "creates a compacted copy of the database from source path to the destination path, preserving the original.",
            1,
            int.MaxValue);
        Flag<string> output = command.Flags.Text("output", 'o', "", "");
        output.IsRequired = true;
        Flag<long> transactionBytes = command.Flags.Integer("tx-max-size", 65536, "");
        Flag<bool> noSync = command.Flags.Switch("no-sync", false, "");
        return Does(command, (writer, arguments) => new BoltCompactionCommand(files, writer, globals.LockTimeout).Run(arguments[0], output.Value, transactionBytes.Value, noSync.Value));
    }

    private static Command Simple(string use, string summary, int least, int most, Action<OutputWriter, IReadOnlyList<string>> run) => Does(Takes(use, summary, least, most), run);

    private static Command Takes(string use, string summary, int least, int most) => new(use, summary)
    {
        CheckArguments = arguments => arguments.Count >= least && arguments.Count <= most ? null
            : most == int.MaxValue ? $"requires at least {least} arg(s), only received {arguments.Count}"
            : least == most ? $"accepts {least} arg(s), received {arguments.Count}"
            : $"accepts between {least} and {most} arg(s), received {arguments.Count}",
    };

    /// <summary>bbolt shows a command's usage after its failures too.</summary>
    private static Command Does(Command command, Action<OutputWriter, IReadOnlyList<string>> run)
    {
        command.Run = invocation =>
        {
            try
            {
                run(invocation.Console.Out, invocation.Arguments);
                return Task.FromResult(ExitCode.Success);
            }
            catch (Exception failure) when (failure is UtlException or IOException or UnauthorizedAccessException or TimeoutException or InvalidOperationException)
            {
                throw new UsageException(failure.Message);
            }
        };
        return command;
    }

    private static List<ulong> PageIds(IEnumerable<string> words) => [.. words.Where(static word => word.Length > 0).Select(PageId)];

    private static ulong PageId(string word) => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
        ? id
        : throw new UtlException($"strconv.ParseUint: parsing {GoQuote.Text(word)}: invalid syntax");
}
