using Microsoft.Extensions.Logging;
using Tenet.Foundation.Logging;
using KestrelLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Tenet.Transport;

/// <summary>
/// Passes on what Kestrel finds serious. What callers do wrong (broken requests, resets) is their business and is dropped, as etcd drops it.
/// </summary>
/// <param name="log">Where lines go.</param>
/// <param name="door">What each line begins with: the door whose Kestrel this is.</param>
public sealed class KestrelLog(ILog log, string door) : ILoggerFactory, ILogger
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("the log has one sink");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(KestrelLevel logLevel) => logLevel is KestrelLevel.Error or KestrelLevel.Critical;

    /// <inheritdoc/>
    public void Log<TState>(KestrelLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            log.Warn($"{door}: {formatter(state, exception)}", new LogField("error", exception));
    }
}
