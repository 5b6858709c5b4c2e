namespace Tenet.Ctl.Processes;

/// <summary>How a command ended that was run for the user: its exit code, and what to say if that is not 0.</summary>
internal readonly record struct ChildResult(int ExitCode, string? Problem);
