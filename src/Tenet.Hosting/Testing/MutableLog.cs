using Tenet.Foundation.Logging;

namespace Tenet.Hosting.Testing;

/// <summary>A log that can fall silent: a killed member says nothing more.</summary>
internal sealed class MutableLog(ILog target) : ILog
{
    private volatile bool _silent;

    public void FallSilent() => _silent = true;

    public bool IsEnabled(LogLevel level) => !_silent && target.IsEnabled(level);

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (!_silent)
            target.Write(level, logger, message, fields);
    }
}
