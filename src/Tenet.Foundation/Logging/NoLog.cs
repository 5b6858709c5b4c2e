namespace Tenet.Foundation.Logging;

/// <summary>Drops every line.</summary>
public sealed class NoLog : ILog
{
    /// <summary>The one instance; it holds no state.</summary>
    public static NoLog Instance { get; } = new();

    private NoLog()
    {
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel level) => false;

    /// <inheritdoc/>
    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        // Nobody is listening.
    }
}
