using Tenet.App.Logging;
using Tenet.Foundation.Logging;

namespace Tenet.App.Tests;

/// <summary>Keeps lines as text.</summary>
internal sealed class CollectedLog : ILog
{
    public List<string> Lines { get; } = [];

    public bool IsEnabled(LogLevel level) => true;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        string line = $"{LogLine.Name(level)} {message}";
        foreach (LogField field in fields)
            line += $" {field.Name}={field.Value}";
        Lines.Add(line);
    }
}
