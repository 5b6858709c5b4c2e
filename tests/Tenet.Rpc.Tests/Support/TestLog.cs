using System.Collections.Concurrent;
using Tenet.Foundation.Logging;

namespace Tenet.Rpc.Tests.Support;

/// <summary>Keeps the lines of level warn and above.</summary>
internal sealed class TestLog : ILog
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Warn;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (!IsEnabled(level))
            return;
        string line = $"{level} {message}";
        foreach (LogField field in fields)
            line += $" {field.Name}={(field.Value is Exception failure ? failure.Message : field.Value)}";
        Lines.Enqueue(line);
    }
}
