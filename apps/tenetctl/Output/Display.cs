using Google.Protobuf;
using Tenet.CommandLine;

namespace Tenet.Ctl.Output;

/// <summary>Prints results in the format that was asked for.</summary>
internal sealed class Display(OutputFormat format, bool isHex, OutputWriter output)
{
    public OutputFormat Format { get; } = format;

    public bool IsHex { get; } = isHex;

    /// <summary>Only values, without their keys; for the simple format.</summary>
    public bool ValuesOnly { get; set; }

    /// <summary>Prints, and hands on what was printed: somebody may be waiting for it.</summary>
    /// <exception cref="CommandException">The result does not have the format.</exception>
    public void Show(Report report)
    {
        switch (Format)
        {
            case OutputFormat.Simple:
                report.Simple(new(output, IsHex, ValuesOnly));
                break;
            case OutputFormat.Fields when report.Fields is { } fields:
                fields(new(output, IsHex));
                break;
            case OutputFormat.Json when report.Json is not null || report.Message is not null:
                GoJsonWriter json = new();
                if (report.Json is { } write)
                    write(json);
                else
                    GoJson.Write(json, report.Message!);
                output.Line(json.ToString());
                break;
            case OutputFormat.Protobuf when report.ProtobufRefusal is { } refusal:
                throw new CommandException(ExitCode.BadFeature, refusal);
            case OutputFormat.Protobuf when report.Message is { } message:
                output.Write(message.ToByteArray());
                break;
            case OutputFormat.Table when report.Table is { } table:
                IReadOnlyList<IReadOnlyList<string>> lines = table();
                output.Write(TextTable.Draw(lines[0], [.. lines.Skip(1)]));
                break;
            default:
                throw OutputFormats.Unsupported(Format);
        }
        output.Flush();
    }
}
