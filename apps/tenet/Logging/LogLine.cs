using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tenet.Foundation.Logging;

namespace Tenet.App.Logging;

/// <summary>One line in each of the formats; the JSON form has etcd's keys in etcd's order (contract/api.md, 8.1).</summary>
internal static class LogLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(
        IBufferWriter<byte> output, LogFormat format, DateTimeOffset time, LogLevel level, string? logger, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        switch (format)
        {
            case LogFormat.Json:
                WriteJson(output, time, level, logger, caller, message, fields);
                break;
            case LogFormat.Console:
                WriteConsole(output, time, level, logger, caller, message, fields);
                break;
            default:
                WriteTerminal(output, time, level, logger, message, fields);
                break;
        }
        output.Write("\n"u8);
    }

    public static string Name(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warn => "warn",
        LogLevel.Error => "error",
        LogLevel.Panic => "panic",
        _ => "fatal",
    };

    private static void WriteJson(
        IBufferWriter<byte> output, DateTimeOffset time, LogLevel level, string? logger, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        using Utf8JsonWriter json = new(output, Options);
        json.WriteStartObject();
        json.WriteString("level", Name(level));
        json.WriteString("ts", Timestamp(time));
        if (logger is not null)
            json.WriteString("logger", logger);
        json.WriteString("caller", caller);
        json.WriteString("msg", message);
        WriteFields(json, level, fields);
        json.WriteEndObject();
    }

    private static void WriteConsole(
        IBufferWriter<byte> output, DateTimeOffset time, LogLevel level, string? logger, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        string name = logger is null ? "" : logger + "\t";
        output.Write(Encoding.UTF8.GetBytes($"{Timestamp(time)}\t{Name(level)}\t{name}{caller}\t{message}"));
        if (fields.Length == 0)
            return;
        output.Write("\t"u8);
        using Utf8JsonWriter json = new(output, Options);
        json.WriteStartObject();
        WriteFields(json, level, fields);
        json.WriteEndObject();
    }

    private static void WriteTerminal(
        IBufferWriter<byte> output, DateTimeOffset time, LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        const string Dim = "\e[2m";
        const string Plain = "\e[0m";
        string colour = level switch { LogLevel.Debug => Dim, LogLevel.Info => "\e[32m", LogLevel.Warn => "\e[33m", _ => "\e[31m" };
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Dim}{time:HH:mm:ss.fff}{Plain} {colour}{Name(level),-5}{Plain} ");
        if (logger is not null)
            text.Append(CultureInfo.InvariantCulture, $"{logger}: ");
        text.Append(message);
        foreach (LogField field in fields)
            text.Append(CultureInfo.InvariantCulture, $"  {Dim}{field.Name}={Plain}{Plainly(field.Value)}");
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void WriteFields(Utf8JsonWriter json, LogLevel level, ReadOnlySpan<LogField> fields)
    {
        string? stack = null;
        foreach (LogField field in fields)
        {
            json.WritePropertyName(field.Name);
            WriteValue(json, field.Value);
            if (level >= LogLevel.Error && field.Value is Exception { StackTrace: { } trace })
                stack = trace;
        }
        if (stack is not null)
            json.WriteString("stacktrace", stack);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long or short or byte or sbyte or ushort or uint:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case double or float or decimal:
                json.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (string text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Plainly(value));
                break;
        }
    }

    private static string Plainly(object? value) => value switch
    {
        null => "null",
        string text => text,
        bool truth => truth ? "true" : "false",
        TimeSpan duration => GoDuration.Format(duration),
        DateTimeOffset time => Timestamp(time),
        Exception exception => exception.Message,
        IEnumerable<string> texts => "[" + string.Join(' ', texts) + "]",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Timestamp(DateTimeOffset time)
    {
        string zone = time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return time.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture) + zone;
    }
}
