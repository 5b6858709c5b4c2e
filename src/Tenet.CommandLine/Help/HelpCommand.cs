namespace Tenet.CommandLine;

/// <summary><c>help [command]</c>.</summary>
internal static class HelpCommand
{
    public static Command Create(CommandProgram program, string group)
    {
        return new Command("help [command]", "Help about any command")
        {
            Group = group,
            Description = $"Help provides help for any command in the application.\nSimply type {program.Root.Name} help [path to command] for full details.",
            Run = invocation =>
            {
                CommandSearch found = CommandSearch.Find(program.Root, invocation.Arguments);
                if (found.Problem is null)
                    invocation.Console.Out.Write(program.HelpOf(found.Command));
                else
                {
                    string topics = string.Join(' ', invocation.Arguments.Select(static topic => $"`{topic}`"));
                    invocation.Console.Error.Write($"Unknown help topic [{topics}]\n{UsageText.Usage(program.Root)}");
                }
                return Task.FromResult(ExitCode.Success);
            },
        };
    }
}
