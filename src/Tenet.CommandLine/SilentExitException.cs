namespace Tenet.CommandLine;

/// <summary>Ends a command that has already said what there is to say.</summary>
public sealed class SilentExitException(int exitCode) : Exception
{
    /// <summary>What the shell is told.</summary>
    public int ExitCode { get; } = exitCode;
}
