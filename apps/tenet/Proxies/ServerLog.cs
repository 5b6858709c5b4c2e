using Microsoft.Extensions.Logging;
using Tenet.Foundation.Logging;
using LogLevel = Tenet.Foundation.Logging.LogLevel;
using ToldLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Tenet.App.Proxies;

/// <summary>What the proxy's client says of the servers, in the proxy's log.</summary>
internal sealed class ServerLog(ILog log) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(ToldLevel logLevel) => log.IsEnabled(Level(logLevel));

    public void Log<TState>(ToldLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            log.Write(Level(logLevel), "etcd-client", formatter(state, exception), []);
    }

    private static LogLevel Level(ToldLevel level) => level switch
    {
        ToldLevel.Trace or ToldLevel.Debug => LogLevel.Debug,
        ToldLevel.Information => LogLevel.Info,
        ToldLevel.Warning => LogLevel.Warn,
        _ => LogLevel.Error,
    };
}
