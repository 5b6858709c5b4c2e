using System.Text;
using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.Commands;

namespace Tenet.Utl.Tests.Support;

/// <summary>One run of the tool, as a shell sees it.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    public static async Task<ToolRun> Of(IFileSystem files, params string[] words)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        int exitCode = await CommandTree.Create(files).RunAsync(words, new CommandConsole(Stream.Null, output, errors));
        return new ToolRun(exitCode, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }
}
