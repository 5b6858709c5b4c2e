using System.Text;
using Tenet.Client.Discovery;
using Tenet.CommandLine;
using Tenet.Ctl.Output;

namespace Tenet.Ctl.Tests;

/// <summary>Runs the tool, or prints a result, in memory.</summary>
internal static class Tool
{
    public static Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] words) => RunAsync(null, words);

    /// <param name="records">Who is asked for a cluster in DNS.</param>
    /// <param name="words">The command line.</param>
    public static async Task<(int ExitCode, string Out, string Error)> RunAsync(SrvRecords? records, string[] words)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        int code = await CommandTree.Create(records).RunAsync(words, new CommandConsole(Stream.Null, output, error));
        return (code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>What a format prints; a byte a character, so that bytes that are no UTF-8 show.</summary>
    public static string Print(Report report, OutputFormat format, bool hex = false)
    {
        using MemoryStream output = new();
        new Display(format, hex, new OutputWriter(output)).Show(report);
        return Encoding.Latin1.GetString(output.ToArray());
    }

    public static Invocation Invocation(string input = "") =>
        new(new Command("test", ""), new CommandConsole(new MemoryStream(Encoding.UTF8.GetBytes(input)), Stream.Null, Stream.Null), CancellationToken.None);
}
