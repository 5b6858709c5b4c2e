using Microsoft.Extensions.Logging;
using Tenet.Foundation.Logging;
using KestrelLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Tenet.Peer.Serving;

/// <summary>Passes on what Kestrel finds serious. What strangers do wrong on the port is their business.</summary>
internal sealed class PeerServerLog(ILog log) : ILoggerFactory, ILogger
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
            log.Warn("peer transport: " + formatter(state, exception), new LogField("error", exception));
    }
}
