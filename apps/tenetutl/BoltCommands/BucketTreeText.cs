using System.Globalization;
using System.Text;
using Tenet.CommandLine;

namespace Tenet.Utl.BoltCommands;

/// <summary>Buckets within buckets as bbolt prints them: JSON, indented by four.</summary>
internal sealed class BucketTreeText
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _hasChildren;

    public void Begin(string name, long keys)
    {
        if (_depth > 0)
        {
            _text.Append(_hasChildren ? "," : $",\n{Indent}\"buckets\": [").Append('\n');
            _depth++;
            _text.Append(Indent);
        }

        _text.Append("{\n");
        _depth++;
        _text.Append(Indent).Append("\"name\": ").Append(new GoJsonWriter().Text(name).ToString()).Append(",\n");
        _text.Append(Indent).Append(CultureInfo.InvariantCulture, $"\"keyN\": {keys}");
        _hasChildren = false;
    }

    public void End()
    {
        if (_hasChildren)
            _text.Append('\n').Append(Indent).Append(']');
        _depth--;
        _text.Append('\n').Append(Indent).Append('}');
        if (_depth > 0)
            _depth--;
        _hasChildren = true;
    }

    public override string ToString() => _text.ToString();

    private string Indent => new(' ', _depth * 4);
}
