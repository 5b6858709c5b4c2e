namespace Tenet.Foundation.Logging;

/// <summary>Where a room's log lines go. Implementations are called from any thread and neither throw nor block for long.</summary>
public interface ILog
{
    /// <summary>Whether lines of this level are wanted, so that nobody formats what is dropped.</summary>
    bool IsEnabled(LogLevel level);

    /// <summary>Takes one line.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="logger">The named logger it comes from (<c>raft</c>), or null for the member's own.</param>
    /// <param name="message">The text; tools wait for some of them literally (contract/api.md, 8.2).</param>
    /// <param name="fields">Named values, in the order in which they are printed.</param>
    void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields);
}
