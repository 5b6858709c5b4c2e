namespace Tenet.CommandLine;

/// <summary>The command line itself is wrong: the error is followed by the command's usage, and the exit code is 1.</summary>
public sealed class UsageException(string message) : Exception(message);
