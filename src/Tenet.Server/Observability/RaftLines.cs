using Tenet.Foundation.Logging;
using Tenet.Raft;

namespace Tenet.Server.Observability;

/// <summary>Raft's own lines, under their logger's name.</summary>
internal sealed class RaftLines(ILog log) : IRaftLog
{
    public void Write(RaftLogLevel level, string line)
    {
        LogLevel mapped = level switch
        {
            RaftLogLevel.Debug => LogLevel.Debug,
            RaftLogLevel.Info => LogLevel.Info,
            RaftLogLevel.Warning => LogLevel.Warn,
            _ => LogLevel.Error,
        };
        if (log.IsEnabled(mapped))
            log.Write(mapped, "raft", line, []);
    }
}
