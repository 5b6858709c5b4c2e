namespace Tenet.CommandLine;

/// <summary>A tool: runs the command that its arguments name.</summary>
public sealed class CommandProgram
{
    /// <summary>Makes a tool of its commands; <c>help</c> is added, under a title if the root has groups.</summary>
    public CommandProgram(Command root, string helpGroup = "")
    {
        Root = root;
        root.Add(HelpCommand.Create(this, helpGroup));
    }

    /// <summary>The tool itself.</summary>
    public Command Root { get; }

    /// <summary>Whether a command's help begins with what it does.</summary>
    public bool DescribesInHelp { get; init; } = true;

    /// <summary>Follows every help.</summary>
    public string HelpEnding { get; init; } = "";

    /// <summary>What is written after the usage that follows an error; the argument is the error.</summary>
    public Func<string, string> ErrorEnding { get; init; } = static _ => "";

    /// <summary>Runs; the result is the exit code. What a command throws as <see cref="CommandException"/> has been told on standard error.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> words, CommandConsole console, CancellationToken cancellation = default)
    {
        try
        {
            return await DispatchAsync(words, console, cancellation);
        }
        catch (CommandException exception)
        {
            console.Out.Flush();
            console.Error.Line($"Error: {exception.Message}");
            return exception.ExitCode;
        }
        catch (SilentExitException exception)
        {
            return exception.ExitCode;
        }
        finally
        {
            console.Out.Flush();
            console.Error.Flush();
        }
    }

    internal string HelpOf(Command command) => (DescribesInHelp ? UsageText.Described(command) : UsageText.Usage(command)) + HelpEnding;

    private async Task<int> DispatchAsync(IReadOnlyList<string> words, CommandConsole console, CancellationToken cancellation)
    {
        if (words is [Completer.CommandName or Completer.CommandNameWithoutDescriptions, ..])
            return Completer.Write(Root, words, console.Out);
        CommandSearch found = CommandSearch.Find(Root, words);
        if (found.Problem is { } problem)
        {
            console.Error.Write($"Error: {problem}\nRun '{found.Command.Path} --help' for usage.\n{ErrorEnding(problem)}");
            return ExitCode.Error;
        }
        Command command = found.Command;
        try
        {
            ParsedArguments parsed = new FlagParser(command.FindFlag, command.FindFlag, command.IsInterspersed).Parse(found.Rest);
            if (command.Help.Value || command.Run is null)
            {
                console.Out.Write(HelpOf(command));
                return ExitCode.Success;
            }
            Check(command, parsed.Arguments);
            return await command.Run(new(command, console, cancellation) { Arguments = parsed.Arguments, ArgumentsBeforeDash = parsed.BeforeDash });
        }
        catch (UsageException exception)
        {
            console.Out.Flush();
            console.Error.Write($"Error: {exception.Message}\n{UsageText.Usage(command)}\n{ErrorEnding(exception.Message)}");
            return ExitCode.Error;
        }
    }

    private static void Check(Command command, IReadOnlyList<string> arguments)
    {
        if (command.CheckArguments?.Invoke(arguments) is { } problem)
            throw new UsageException(problem);
        string[] missing = [.. command.Flags.All.Concat(command.PersistentFlags.All).Concat(command.InheritedFlags())
            .Where(static flag => flag.IsRequired && !flag.IsGiven).Select(static flag => $"\"{flag.Name}\"").Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
            throw new UsageException($"required flag(s) {string.Join(", ", missing)} not set");
    }
}
