using System.Collections.Concurrent;
using Tenet.Foundation.Logging;

namespace Tenet.Proxy.Tests.Support;

/// <summary>Keeps each line as its level, message and fields.</summary>
internal sealed class LineLog : ILog
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public bool IsEnabled(LogLevel level) => true;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields) =>
        Lines.Enqueue($"{level} {message} {string.Join(' ', fields.ToArray().Select(static field => $"{field.Name}={(field.Value is IEnumerable<string> texts ? string.Join(',', texts) : field.Value)}"))}");
}
