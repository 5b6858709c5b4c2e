using System.Buffers;
using System.Text;

namespace Tenet.Foundation.Metrics;

/// <summary>Prometheus' text format, version 0.0.4, byte for byte as its Go client writes it. Makes no strings: a page has thousands of lines, and is written every few seconds.</summary>
internal ref struct ExpositionWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    public static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    /// <summary>What stands above a family's samples, on every page the same.</summary>
    public static byte[] HeaderOf(string name, string help, MetricKind kind)
    {
        string type = kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Gauge => "gauge",
            _ => "histogram",
        };
        return Encoding.UTF8.GetBytes($"# HELP {name} {EscapeHelp(help)}\n# TYPE {name} {type}\n");
    }

    public readonly void Header(byte[] header) => _output.Write(header);

    public readonly void Sample(string name, string suffix, string labels, double value) => Line(name, suffix, labels, "", value);

    /// <summary>A bucket of a histogram, whose bound is its last label.</summary>
    public readonly void Bucket(string name, string labels, string bound, double value) => Line(name, "_bucket", labels, bound, value);

    private readonly void Line(string name, string suffix, string labels, string bound, double value)
    {
        Text(name);
        Text(suffix);
        if (labels.Length > 0 || bound.Length > 0)
        {
            Text("{");
            Text(labels);
            if (bound.Length > 0)
            {
                Text(labels.Length > 0 ? ",le=\"" : "le=\"");
                Text(bound);
                Text("\"");
            }

            Text("}");
        }

        Text(" ");
        _output.Advance(GoFloat.Write(value, _output.GetSpan(GoFloat.LengthMax)));
        Text("\n");
    }

    private readonly void Text(string text)
    {
        if (text.Length > 0)
            Encoding.UTF8.GetBytes(text, _output);
    }
}
