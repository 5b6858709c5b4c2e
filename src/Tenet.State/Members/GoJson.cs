using System.Globalization;
using System.Text;

namespace Tenet.State.Members;

/// <summary>
/// Writes JSON as Go's encoder does: compact, members in the order written, and with the characters escaped that mean something in HTML. Stored members must be equal
/// to the byte on all members, so System.Text.Json, which escapes other characters and in other ways, does not do.
/// </summary>
internal sealed class GoJson
{
    private readonly StringBuilder _text = new();
    private bool _separate;

    public GoJson BeginObject()
    {
        Separate();
        _text.Append('{');
        _separate = false;
        return this;
    }

    public GoJson EndObject()
    {
        _text.Append('}');
        _separate = true;
        return this;
    }

    public GoJson Name(string name)
    {
        Separate();
        AppendString(name);
        _text.Append(':');
        _separate = false;
        return this;
    }

    public GoJson String(string value)
    {
        Separate();
        AppendString(value);
        return this;
    }

    public GoJson Number(ulong value) => Raw(value.ToString(CultureInfo.InvariantCulture));

    public GoJson Boolean(bool value) => Raw(value ? "true" : "false");

    /// <summary>An array of strings; null if there are none, as Go writes a list that was never made.</summary>
    public GoJson Strings(IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return Raw("null");
        Separate();
        _text.Append('[');
        _separate = false;
        foreach (string value in values)
            String(value);
        _text.Append(']');
        _separate = true;
        return this;
    }

    /// <summary>An array of numbers.</summary>
    public GoJson Numbers(IReadOnlyList<ulong> values)
    {
        Separate();
        _text.Append('[');
        _separate = false;
        foreach (ulong value in values)
            Number(value);
        _text.Append(']');
        _separate = true;
        return this;
    }

    public GoJson Raw(string json)
    {
        Separate();
        _text.Append(json);
        return this;
    }

    public override string ToString() => _text.ToString();

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    private void Separate()
    {
        if (_separate)
            _text.Append(',');
        _separate = true;
    }

    private void AppendString(string value)
    {
        _text.Append('"');
        foreach (char character in value)
        {
            switch (character)
            {
                case '"' or '\\':
                    _text.Append('\\').Append(character);
                    break;
                case '\b':
                    _text.Append("\\b");
                    break;
                case '\f':
                    _text.Append("\\f");
                    break;
                case '\n':
                    _text.Append("\\n");
                    break;
                case '\r':
                    _text.Append("\\r");
                    break;
                case '\t':
                    _text.Append("\\t");
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    _text.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    _text.Append(character);
                    break;
            }
        }

        _text.Append('"');
    }
}
