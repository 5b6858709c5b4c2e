using System.ComponentModel;
using System.Diagnostics;
using Tenet.CommandLine;

namespace Tenet.Ctl.Processes;

/// <summary>Runs a command for the user. It writes where this tool writes, and reads nothing.</summary>
internal static class ChildProcess
{
    public static async Task<ChildResult> RunAsync(CommandConsole console, IReadOnlyList<string> command, IReadOnlyList<(string Name, string Value)> variables)
    {
        console.Out.Flush();
        console.Error.Flush();
        ProcessStartInfo start = new(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            return new(process.ExitCode, process.ExitCode == 0 ? null : $"exit status {process.ExitCode}");
        }
        catch (Win32Exception exception)
        {
            string problem = command[0].Contains('/', StringComparison.Ordinal)
                ? $"fork/exec {command[0]}: {(File.Exists(command[0]) ? "permission denied" : "no such file or directory")}"
                : $"exec: {GoQuote.Text(command[0])}: executable file not found in $PATH";
            return new(ExitCode.Error, exception.NativeErrorCode == 0 ? exception.Message : problem);
        }
    }
}
