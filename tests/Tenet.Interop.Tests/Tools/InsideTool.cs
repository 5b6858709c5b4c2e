using System.Text;
using Tenet.CommandLine;
using Tenet.Ctl;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// tenetctl inside this process: what its Main runs, on streams of its own. A process costs ten times as much to start, and hundreds of invocations
/// would not fit into a test run; steps that hold or that read variables are processes always, and TENET_TOOLS=processes makes
/// all of them processes.
/// </summary>
internal static class InsideTool
{
    public const string Name = CommandTree.Name;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static bool IsWanted { get; } = Environment.GetEnvironmentVariable("TENET_TOOLS") != "processes";

    public static async Task<ToolResult> RunAsync(IReadOnlyList<string> words, string? input)
    {
        using MemoryStream standardInput = new(Encoding.UTF8.GetBytes(input ?? ""));
        using MemoryStream output = new();
        using MemoryStream errors = new();
        Task<int> run = Task.Run(() => CommandTree.Create().RunAsync(words, new CommandConsole(standardInput, output, errors)));
        int exitCode = await run.WaitAsync(Limit);
        return new(exitCode, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }
}
