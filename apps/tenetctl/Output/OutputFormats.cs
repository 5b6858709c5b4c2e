using Tenet.CommandLine;

namespace Tenet.Ctl.Output;

/// <summary>Output formats by name.</summary>
internal static class OutputFormats
{
    /// <exception cref="CommandException">There is no such format.</exception>
    public static OutputFormat Parse(string name) => name switch
    {
        "simple" => OutputFormat.Simple,
        "fields" => OutputFormat.Fields,
        "json" => OutputFormat.Json,
        "protobuf" => OutputFormat.Protobuf,
        "table" => OutputFormat.Table,
        _ => throw new CommandException(ExitCode.BadFeature, "unsupported output format"),
    };

    public static CommandException Unsupported(OutputFormat format) =>
        new(ExitCode.BadFeature, $"{format.ToString().ToLowerInvariant()} not supported as output format");
}
