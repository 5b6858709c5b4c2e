namespace Tenet.CommandLine;

/// <summary>One run of a command. Its flags hold their values themselves.</summary>
public sealed class Invocation(Command command, CommandConsole console, CancellationToken cancellation)
{
    /// <summary>The command that runs.</summary>
    public Command Command { get; } = command;

    /// <summary>What is left after the flags.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>How many of the arguments stand before a <c>--</c>; null if there was none.</summary>
    public int? ArgumentsBeforeDash { get; init; }

    /// <summary>Where the command reads and writes.</summary>
    public CommandConsole Console { get; } = console;

    /// <summary>Fires when whoever runs the command wants it to end.</summary>
    public CancellationToken Cancellation { get; } = cancellation;
}
