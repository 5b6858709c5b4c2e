namespace Tenet.Foundation.Logging;

/// <summary>Short forms of <see cref="ILog.Write"/>. Fields read as <c>new("name", value)</c>.</summary>
public static class LogLines
{
    /// <summary>A line of level <see cref="LogLevel.Debug"/>.</summary>
    public static void Debug(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Debug, null, message, fields);

    /// <summary>A line of level <see cref="LogLevel.Info"/>.</summary>
    public static void Info(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Info, null, message, fields);

    /// <summary>A line of level <see cref="LogLevel.Warn"/>.</summary>
    public static void Warn(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Warn, null, message, fields);

    /// <summary>A line of level <see cref="LogLevel.Error"/>.</summary>
    public static void Error(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Error, null, message, fields);

    /// <summary>A line of level <see cref="LogLevel.Panic"/>.</summary>
    public static void Panic(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Panic, null, message, fields);

    /// <summary>A line of level <see cref="LogLevel.Fatal"/>.</summary>
    public static void Fatal(this ILog log, string message, params ReadOnlySpan<LogField> fields) => log.Write(LogLevel.Fatal, null, message, fields);
}
