using System.Collections.Concurrent;
using Tenet.Foundation.Logging;

namespace Tenet.Fuzz.Worlds;

/// <summary>Keeps the lines that no input may bring about: failures of a call, a page or a connection that are nobody's refusal.</summary>
internal sealed class FindingsLog : ILog
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Warn;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (message is not ("a call failed" or "a page failed" or "a connection could not be opened") && !message.StartsWith("client transport", StringComparison.Ordinal)
            && !message.StartsWith("peer transport", StringComparison.Ordinal))
        {
            return;
        }

        foreach (LogField field in fields)
            message += $" {field.Name}={field.Value}";
        _lines.Enqueue(message);
    }
}
