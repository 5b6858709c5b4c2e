using System.Globalization;

namespace Tenet.CommandLine;

/// <summary>Lines about what a tool met on its way, as JSON on standard error, in the form of etcd's tools.</summary>
public sealed class WarningLog(OutputWriter output, string logger = "")
{
    /// <summary>Writes one line.</summary>
    public void Write(string level, string message, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject();
        json.Name("level").Text(level);
        json.Name("ts").Text(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        if (logger.Length > 0)
            json.Name("logger").Text(logger);
        json.Name("msg").Text(message);
        foreach ((string name, string value) in fields)
            json.Name(name).Text(value);
        output.Line(json.EndObject().ToString());
        output.Flush();
    }
}
