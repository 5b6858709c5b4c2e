namespace Tenet.CommandLine;

/// <summary>Ends a command: <c>Error: message</c> goes to standard error, the code to the shell.</summary>
public sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="Tenet.CommandLine.ExitCode"/>, or a child's own.</summary>
    public int ExitCode { get; } = exitCode;
}
