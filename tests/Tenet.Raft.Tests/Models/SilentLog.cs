namespace Tenet.Raft.Tests.Models;

/// <summary>Lines that nobody reads.</summary>
internal sealed class SilentLog : IRaftLog
{
    public static SilentLog Instance { get; } = new();

    public void Write(RaftLogLevel level, string line)
    {
    }
}
