namespace Tenet.App.CommandLine;

/// <summary>Flags are well formed but cannot be met together, or not yet. The message is one line, etcd's where etcd has one.</summary>
internal sealed class FlagsRefusedException(string message) : Exception(message);
