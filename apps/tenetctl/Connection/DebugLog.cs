using Microsoft.Extensions.Logging;
using Tenet.Client;
using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>What the client says of endpoints and attempts, on stderr (<c>--debug</c>).</summary>
internal sealed class DebugLog(WarningLog log) : ILogger<TenetClient>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (log)
            log.Write(logLevel switch { LogLevel.Information => "info", LogLevel.Warning => "warn", _ => "debug" }, formatter(state, exception));
    }
}
