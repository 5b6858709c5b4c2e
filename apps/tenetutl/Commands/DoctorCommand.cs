using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.Doctor;
using Tenet.Utl.Output;

namespace Tenet.Utl.Commands;

/// <summary><c>doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(IFileSystem files, GlobalFlags globals)
    {
        Command command = new("doctor <data-dir>", "Proves that a data directory is sound, or says what is wrong with it; changes nothing")
        {
            Description = """
                Examines the write-ahead log, the snapshots and every page and record of the database of a member,
                whether they agree, and which versions could take the directory over. It only reads: no byte is
                changed, and no lock is kept from a member that runs.

                The exit code is 0 if nothing was found or only notices, 1 for warnings, 2 for errors.
                """,
            CheckArguments = static arguments => arguments.Count == 1 ? null : $"accepts 1 arg(s), received {arguments.Count}",
        };
        Flag<string> wal = command.Flags.Text("wal-dir", "", "Path to the WAL directory (member/wal in the data directory if none given)");
        command.Run = invocation => Task.FromResult(Run(files, globals, invocation, wal.Value));
        return command;
    }

    private static int Run(IFileSystem files, GlobalFlags globals, Invocation invocation, string wal)
    {
        string format = globals.Format("simple", "json");
        DoctorReport report;
        IProgressLine progress = ProgressLine.Of(invocation.Console);
        using (progress as IDisposable)
        {
            try
            {
                report = new DirectoryExamination(files, progress).Run(DataDirectory.Of(invocation.Arguments[0], wal));
            }
            catch (Exception failure) when (failure is UtlException or IOException or UnauthorizedAccessException)
            {
                // Not 1: that is what warnings are.
                throw new CommandException(ExitCode.BadArguments, failure.Message, failure);
            }
        }

        if (format == "json")
            DoctorText.WriteJson(report, invocation.Console.Out);
        else
            DoctorText.WriteSimple(report, invocation.Console.Out);
        return report.ExitCode;
    }
}
