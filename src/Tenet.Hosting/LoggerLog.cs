using System.Collections;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Tenet.Foundation.Logging;
using LogLevel = Tenet.Foundation.Logging.LogLevel;
using TargetLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Tenet.Hosting;

/// <summary>Passes a member's lines on to the logging of .NET, fields as named values. A named logger (<c>raft</c>) has a category of its own below the member's.</summary>
/// <param name="loggers">Where the lines go.</param>
/// <param name="category">The category of the member's own lines.</param>
public sealed class LoggerLog(ILoggerFactory loggers, string category = "Tenet") : ILog
{
    private readonly ILogger _own = loggers.CreateLogger(category);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel level) => _own.IsEnabled(Target(level));

    /// <inheritdoc/>
    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        // The factory keeps the loggers that it has made.
        ILogger target = logger is null ? _own : loggers.CreateLogger($"{category}.{logger}");
        if (!target.IsEnabled(Target(level)))
            return;
        Line line = new(message, fields.ToArray());
        target.Log(Target(level), default, line, line.Failure, static (written, _) => written.ToString());
    }

    private static TargetLevel Target(LogLevel level) => level switch
    {
        LogLevel.Debug => TargetLevel.Debug,
        LogLevel.Info => TargetLevel.Information,
        LogLevel.Warn => TargetLevel.Warning,
        LogLevel.Error => TargetLevel.Error,
        _ => TargetLevel.Critical,
    };

    /// <summary>A line as .NET's loggers want it: named values, and a text for those that write text.</summary>
    private sealed class Line(string message, LogField[] fields) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public Exception? Failure
        {
            get
            {
                foreach (LogField named in fields)
                {
                    if (named.Value is Exception failure)
                        return failure;
                }
                return null;
            }
        }

        public int Count => fields.Length + 1;

        public KeyValuePair<string, object?> this[int index] =>
            index < fields.Length ? new(fields[index].Name, fields[index].Value) : new("{OriginalFormat}", message);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString()
        {
            StringBuilder text = new(message);
            foreach (LogField named in fields)
                text.Append(CultureInfo.InvariantCulture, $" {named.Name}={Text(named.Value)}");
            return text.ToString();
        }

        private static object? Text(object? value) => value switch
        {
            Exception failure => failure.Message,
            IEnumerable<string> texts => $"[{string.Join(',', texts)}]",
            _ => value,
        };
    }
}
