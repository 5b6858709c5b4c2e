using Microsoft.Extensions.Logging;
using Tenet.Foundation.Logging;
using KestrelLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Tenet.Rpc;

/// <summary>
/// Passes on what Kestrel finds serious. What callers do wrong (broken requests, resets) is their business and is dropped, as etcd drops it.
/// </summary>
internal sealed class KestrelLog(ILog log) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("the log has one sink");

    public void Dispose()
    {
        // Nothing is held.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(KestrelLevel logLevel) => logLevel is KestrelLevel.Error or KestrelLevel.Critical;

    public void Log<TState>(KestrelLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            log.Warn("client transport: " + formatter(state, exception), new LogField("error", exception));
    }
}
