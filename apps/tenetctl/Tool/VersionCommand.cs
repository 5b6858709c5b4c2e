using Tenet.CommandLine;

namespace Tenet.Ctl.Tool;

/// <summary><c>version</c>, in the words that scripts look for.</summary>
internal static class VersionCommand
{
    private const string Version = "3.7.1";
    private const string ApiVersion = "3.7";

    public static Command Create() => new("version", $"Prints the version of {CommandTree.Name}")
    {
        Group = CommandGroups.Utility,
        Run = static invocation =>
        {
            invocation.Console.Out.Line($"etcdctl version: {Version}\nAPI version: {ApiVersion}");
            return Task.FromResult(ExitCode.Success);
        },
    };
}
