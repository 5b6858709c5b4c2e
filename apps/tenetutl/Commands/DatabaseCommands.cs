using System.Globalization;
using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.State.Mvcc;
using Tenet.Utl.Defragmentation;
using Tenet.Utl.Hashing;
using Tenet.Utl.Migration;

namespace Tenet.Utl.Commands;

/// <summary><c>defrag</c>, <c>hashkv</c> and <c>migrate</c> (contract/api.md, 10.4).</summary>
internal static class DatabaseCommands
{
    public static Command Defrag(IFileSystem files, GlobalFlags globals)
    {
        Command command = new("defrag", "Defragments the storage of the etcd");
        Flag<string> directory = command.Flags.Text("data-dir", "", "Required. Defragments a data directory not in use by etcd.");
        directory.IsRequired = true;
        command.Run = invocation => Task.FromResult(CommandTree.Guarded(() =>
        {
            try
            {
                OfflineDefragmentation.Run(files, CommandTree.Log(invocation), DataDirectory.Of(directory.Value), globals.LockTimeout);
                return ExitCode.Success;
            }
            catch (Exception failure) when (failure is UtlException or IOException or TimeoutException)
            {
                throw new UtlException($"Failed to defragment etcd data[{directory.Value}] ({failure.Message})", failure);
            }
        }));
        return command;
    }

    public static Command HashKv(IFileSystem files, GlobalFlags globals)
    {
        Command command = new("hashkv <filename>", "Prints the KV history hash of a given file")
        {
            CheckArguments = static arguments => arguments.Count == 1 ? null : $"accepts 1 arg(s), received {arguments.Count}",
        };
        Flag<long> revision = command.Flags.Integer("rev", 0, "maximum revision to hash (default: latest revision)");
        command.Run = invocation => Task.FromResult(CommandTree.Guarded(() =>
        {
            string format = globals.Format("simple", "json", "fields", "table");
            Write(HistoryHash.Compute(files, invocation.Arguments[0], revision.Value, globals.LockTimeout), format, invocation.Console.Out);
            return ExitCode.Success;
        }));
        return command;
    }

    public static Command Migrate(IFileSystem files, GlobalFlags globals)
    {
        Command command = new("migrate", "Migrates schema of etcd data dir files to make them compatible with different etcd version");
        Flag<string> directory = command.Flags.Text("data-dir", "", "Path to the etcd data dir");
        directory.IsRequired = true;
        Flag<string> target = command.Flags.Text(
            "target-version", "", "Target etcd version to migrate contents of data dir. Minimal value 3.5. Format \"X.Y\" for example 3.6.");
        target.IsRequired = true;
        Flag<bool> force = command.Flags.Switch("force", false, "Ignore migration failure and forcefully override storage version. Not recommended.");
        command.Run = invocation => Task.FromResult(CommandTree.Guarded(() =>
        {
            new OfflineMigration(files, CommandTree.Log(invocation), globals.LockTimeout)
                .Run(new MigrateOptions(DataDirectory.Of(directory.Value), Target(target.Value), force.Value));
            return ExitCode.Success;
        }));
        return command;
    }

    private static Version Target(string text)
    {
        try
        {
            return MigrateOptions.ParseTarget(text);
        }
        catch (FormatException malformed)
        {
            throw new CommandException(ExitCode.BadArguments, malformed.Message, malformed);
        }
    }

    private static void Write(HashKvResult hash, string format, OutputWriter output)
    {
        string[] row =
        [
            hash.Hash.ToString(CultureInfo.InvariantCulture),
            hash.Revision.ToString(CultureInfo.InvariantCulture),
            hash.CompactRevision.ToString(CultureInfo.InvariantCulture),
        ];
        switch (format)
        {
            case "simple":
                output.Line(string.Join(", ", row));
                break;
            case "table":
                output.Write(TextTable.Draw(["hash", "hash revision", "compact revision"], [row]));
                break;
            case "fields":
                output.Line($"\"Hash\" : {row[0]}");
                output.Line($"\"Hash revision\" : {row[1]}");
                output.Line($"\"Compact revision\" : {row[2]}");
                break;
            default:
                output.Line($"{{\"hash\":{row[0]},\"hashRevision\":{row[1]},\"compactRevision\":{row[2]}}}");
                break;
        }
    }
}
