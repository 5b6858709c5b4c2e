using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.Output;

namespace Tenet.Utl.Commands;

/// <summary>The tool: its commands, and what all of them share.</summary>
internal static class CommandTree
{
    public const string Name = "tenetutl";

    public static CommandProgram Create(IFileSystem files)
    {
        Command root = new(Name, "An administrative command line tool for etcd3.");
        GlobalFlags globals = new(root.PersistentFlags);
        root.Add(
            SnapshotCommands.Create(files, globals),
            DatabaseCommands.Defrag(files, globals),
            DatabaseCommands.HashKv(files, globals),
            DatabaseCommands.Migrate(files, globals),
            BoltCommandTree.Create(files, globals),
            WalCommands.Create(files, globals),
            DoctorCommand.Create(files, globals),
            VersionCommand.Create(),
            CompletionCommand.Create(Name));
        return new CommandProgram(root) { DescribesInHelp = false };
    }

    /// <summary>Runs what a command does, and tells its failures as etcd's tools do.</summary>
    public static int Guarded(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception failure) when (failure is UtlException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new CommandException(ExitCode.Error, failure.Message, failure);
        }
    }

    /// <summary>Log lines on standard error.</summary>
    public static ConsoleLog Log(Invocation invocation) => new(invocation.Console.Error, TimeProvider.System);
}
