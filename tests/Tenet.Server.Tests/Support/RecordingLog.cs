using System.Collections.Concurrent;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Tests.Support;

internal sealed class RecordingLog : ILog
{
    public ConcurrentQueue<(LogLevel Level, string Message, LogField[] Fields)> Lines { get; } = new();

    public bool IsEnabled(LogLevel level) => true;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields) =>
        Lines.Enqueue((level, message, fields.ToArray()));

    public bool Has(string message) => Lines.Any(line => line.Message == message);
}
