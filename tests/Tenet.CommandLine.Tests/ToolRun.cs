using System.Text;

namespace Tenet.CommandLine.Tests;

/// <summary>Runs a tool in memory and keeps what it wrote.</summary>
internal sealed record ToolRun(int ExitCode, string Out, string Error)
{
    public static async Task<ToolRun> OfAsync(CommandProgram program, params string[] words)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        int code = await program.RunAsync(words, new CommandConsole(Stream.Null, output, error));
        return new(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
