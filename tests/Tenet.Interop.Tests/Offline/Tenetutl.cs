using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Offline;

/// <summary>Runs tenetutl as it was built beside these tests.</summary>
internal static class Tenetutl
{
    private static readonly ServerBinary Program = ServerBinary.Dotnet(
        "tenetutl",
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "tenetutl", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "tenetutl.dll")));

    public static Task<ToolResult> RunAsync(params string[] words) => Tool.RunAsync(Program.FileName, [.. Program.Prefix, .. words]);

    /// <summary>What it writes; it must succeed.</summary>
    public static async Task<string> OutputAsync(params string[] words)
    {
        ToolResult run = await RunAsync(words);
        Assert.True(run.ExitCode == 0, $"tenetutl {string.Join(' ', words)} ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        return run.Output;
    }
}
