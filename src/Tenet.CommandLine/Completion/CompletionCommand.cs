namespace Tenet.CommandLine;

/// <summary><c>completion bash|zsh|fish|powershell</c>: a script that makes the shell ask this tool how a word may go on.</summary>
public static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish", "powershell"];

    /// <summary>The command for a tool of the given name.</summary>
    public static Command Create(string tool, string group = "") => new("completion [bash|zsh|fish|powershell]", "Generate completion script")
    {
        Group = group,
        Description = $"""
            Prints a script with which a shell completes the commands and flags of {tool}.

              bash        source <({tool} completion bash)
              zsh         source <({tool} completion zsh)
              fish        {tool} completion fish | source
              powershell  {tool} completion powershell | Out-String | Invoke-Expression

            Put that line into the shell's start-up file, or the script itself where the shell looks for completions.
            """,
        ShowsFlagsInUse = false,
        ArgumentWords = Shells,
        CheckArguments = arguments => arguments.Count != 1 ? $"accepts 1 arg(s), received {arguments.Count}"
            : !Shells.Contains(arguments[0]) ? $"invalid argument {GoQuote.Text(arguments[0])} for \"{tool} completion\""
            : null,
        Run = invocation =>
        {
            invocation.Console.Out.Write(ShellScripts.For(invocation.Arguments[0], tool));
            return Task.FromResult(ExitCode.Success);
        },
    };
}
