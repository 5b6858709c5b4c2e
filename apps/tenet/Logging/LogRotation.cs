using System.Text.Json;
using Tenet.App.CommandLine;

namespace Tenet.App.Logging;

/// <summary>What <c>--log-rotation-config-json</c> asks for.</summary>
/// <param name="MaxBytes">Size at which a new file is begun.</param>
/// <param name="MaxAgeDays">Days after which an old file goes; 0 keeps it.</param>
/// <param name="MaxBackups">Old files to keep; 0 keeps all.</param>
/// <param name="LocalTime">Whether the time in an old file's name is local; else it is UTC.</param>
/// <param name="Compress">Whether old files are compressed.</param>
internal sealed record LogRotation(long MaxBytes, int MaxAgeDays, int MaxBackups, bool LocalTime, bool Compress)
{
    private const int DefaultMegabytes = 100;
    private static readonly string[] Keys = ["maxsize", "maxage", "maxbackups", "localtime", "compress", "filename"];

    /// <summary>Reads the JSON text; a key that is left out, or 0, means the default.</summary>
    /// <exception cref="FlagsRefusedException">It is malformed; the message is etcd's where etcd has one.</exception>
    public static LogRotation Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FlagsRefusedException($"invalid log rotation config: json: cannot unmarshal {Kind(document.RootElement)} into Go value of type embed.logRotationConfig");
            foreach (JsonProperty given in document.RootElement.EnumerateObject())
            {
                if (!Keys.Contains(given.Name.ToLowerInvariant()))
                    throw new FlagsRefusedException($"unknown key \"{given.Name}\" in log rotation config{(NearestName.Find(given.Name, Keys) is { } near ? $" (did you mean {near}?)" : "")}");
            }
            int megabytes = Number(document.RootElement, "maxsize");
            return new(
                (megabytes == 0 ? DefaultMegabytes : megabytes) * 1024L * 1024,
                Number(document.RootElement, "maxage"),
                Number(document.RootElement, "maxbackups"),
                Switch(document.RootElement, "localtime"),
                Switch(document.RootElement, "compress"));
        }
        catch (JsonException malformed)
        {
            bool ends = malformed.Message.Contains("end of data", StringComparison.Ordinal) || malformed.Message.Contains("does not contain any JSON", StringComparison.Ordinal);
            throw new FlagsRefusedException($"improperly formatted log rotation config: {(ends || text.Trim().Length < 2 ? "unexpected end of JSON input" : malformed.Message)}");
        }
    }

    private static int Number(JsonElement config, string name) => Find(config, name) is not { } value ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Unfit(value, name, "int");

    private static bool Switch(JsonElement config, string name) => Find(config, name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Unfit(value, name, "bool"));

    private static JsonElement? Find(JsonElement config, string name)
    {
        foreach (JsonProperty given in config.EnumerateObject())
        {
            if (given.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && given.Value.ValueKind != JsonValueKind.Null)
                return given.Value;
        }
        return null;
    }

    private static FlagsRefusedException Unfit(JsonElement value, string name, string type) =>
        new($"invalid log rotation config: json: cannot unmarshal {Kind(value)} into Go struct field logRotationConfig.Logger.{name} of type {type}");

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Number => "number" + (value.TryGetInt32(out _) ? "" : " " + value.GetRawText()),
        JsonValueKind.String => "string",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
