using System.Globalization;
using System.Text;
using Tenet.CommandLine;
using Tenet.Foundation.Logging;

namespace Tenet.Utl.Output;

/// <summary>Log lines on standard error in the form of etcdutl: fields by tabs, the named values as JSON.</summary>
internal sealed class ConsoleLog(OutputWriter output, TimeProvider clock) : ILog
{
    private const string Caller = "tenetutl";

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Info;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (!IsEnabled(level))
            return;
        var line = new StringBuilder();
        line.Append(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        line.Append('\t').Append(level.ToString().ToLowerInvariant()).Append('\t').Append(Caller).Append('\t').Append(message);
        for (int i = 0; i < fields.Length; i++)
        {
            line.Append(i == 0 ? "\t{" : ", ").Append(new GoJsonWriter().Text(fields[i].Name)).Append(": ");
            AppendValue(line, fields[i].Value);
        }

        if (fields.Length > 0)
            line.Append('}');
        output.Line(line.ToString());
        output.Flush();
    }

    private static void AppendValue(StringBuilder line, object? value)
    {
        switch (value)
        {
            case null:
                line.Append("null");
                break;
            case bool truth:
                line.Append(truth ? "true" : "false");
                break;
            case int or long or uint or ulong or double:
                line.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case IEnumerable<string> texts:
                line.Append('[').AppendJoin(", ", texts.Select(static text => new GoJsonWriter().Text(text).ToString())).Append(']');
                break;
            case TimeSpan duration:
                line.Append(new GoJsonWriter().Text(GoDuration.Format(duration)));
                break;
            default:
                line.Append(new GoJsonWriter().Text(string.Create(CultureInfo.InvariantCulture, $"{value}")));
                break;
        }
    }
}
