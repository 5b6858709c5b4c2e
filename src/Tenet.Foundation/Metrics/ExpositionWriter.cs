using System.Buffers;
using System.Text;

namespace Tenet.Foundation.Metrics;

/// <summary>Prometheus' text format, version 0.0.4, byte for byte as its Go client writes it.</summary>
internal ref struct ExpositionWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    public static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    public readonly void Header(string name, string help, MetricKind kind)
    {
        string type = kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Gauge => "gauge",
            _ => "histogram",
        };
        Text($"# HELP {name} {EscapeHelp(help)}\n# TYPE {name} {type}\n");
    }

    public readonly void Sample(string name, string suffix, string labels, double value)
    {
        Text(name);
        Text(suffix);
        if (labels.Length > 0)
        {
            Text("{");
            Text(labels);
            Text("}");
        }
        Text(" ");
        Text(GoFloat.Format(value));
        Text("\n");
    }

    private readonly void Text(string text) => Encoding.UTF8.GetBytes(text, _output);
}
