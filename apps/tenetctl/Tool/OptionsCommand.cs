using Tenet.CommandLine;

namespace Tenet.Ctl.Tool;

/// <summary><c>options</c>: the flags that every command takes.</summary>
internal static class OptionsCommand
{
    public static Command Create(GlobalFlags globals) => new("options", "Show the global command-line flags")
    {
        Group = CommandGroups.Utility,
        Run = invocation =>
        {
            invocation.Console.Out.Write($"The following options can be passed to any command:\n\n{FlagHelp.All(globals.All)}");
            return Task.FromResult(ExitCode.Success);
        },
    };
}
