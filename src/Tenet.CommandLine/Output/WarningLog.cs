using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tenet.CommandLine;

/// <summary>Lines about what a tool met on its way, as JSON on standard error, in the form of etcd's tools.</summary>
public sealed class WarningLog(OutputWriter output, string logger = "")
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one line.</summary>
    public void Write(string level, string message, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        using (Utf8JsonWriter json = new(output.Stream, Compact))
        {
            json.WriteStartObject();
            json.WriteString("level", level);
            json.WriteString("ts", DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            if (logger.Length > 0)
                json.WriteString("logger", logger);
            json.WriteString("msg", message);
            foreach ((string name, string value) in fields)
                json.WriteString(name, value);
            json.WriteEndObject();
        }
        output.Line();
        output.Flush();
    }
}
