namespace Tenet.App.CommandLine;

/// <summary>Flags are well formed but cannot be met together, or not yet. The message is one line, etcd's where etcd has one.</summary>
internal sealed class FlagsRefusedException(string message) : Exception(message)
{
    /// <summary>Whether the line goes to standard error as it is instead of into the log, as etcd has it for URLs in a file.</summary>
    public bool GoesToStandardError { get; init; }
}
