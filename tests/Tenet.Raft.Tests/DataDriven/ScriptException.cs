namespace Tenet.Raft.Tests.DataDriven;

/// <summary>A command failed; its text is part of the recorded output.</summary>
internal sealed class ScriptException(string message) : Exception(message);
