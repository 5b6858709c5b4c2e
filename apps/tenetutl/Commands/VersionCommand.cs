using Tenet.CommandLine;
using Tenet.Server;

namespace Tenet.Utl.Commands;

/// <summary><c>version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create() => new("version", "Prints the version of tenetutl")
    {
        Run = static invocation =>
        {
            invocation.Console.Out.Line($"tenetutl version: {MemberOptions.ServerVersion}");
            invocation.Console.Out.Line($"API version: {Version.Parse(MemberOptions.ServerVersion).ToString(2)}");
            return Task.FromResult(ExitCode.Success);
        },
    };
}
