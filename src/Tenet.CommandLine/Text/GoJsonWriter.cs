using System.Globalization;
using System.Text;

namespace Tenet.CommandLine;

/// <summary>Writes JSON in one line as Go's encoder does, so that output compares byte for byte: no blanks, <c>&lt; &gt; &amp;</c> escaped, lower-case escapes.</summary>
public sealed class GoJsonWriter
{
    private readonly StringBuilder _text = new();
    private bool _needsComma;

    /// <summary>What has been written.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Opens an object.</summary>
    public GoJsonWriter BeginObject() => Open('{');

    /// <summary>Closes an object.</summary>
    public GoJsonWriter EndObject() => Close('}');

    /// <summary>Opens a list.</summary>
    public GoJsonWriter BeginArray() => Open('[');

    /// <summary>Closes a list.</summary>
    public GoJsonWriter EndArray() => Close(']');

    /// <summary>The name of the value that follows.</summary>
    public GoJsonWriter Name(string name)
    {
        Text(name);
        _text.Append(':');
        _needsComma = false;
        return this;
    }

    /// <summary>A text.</summary>
    public GoJsonWriter Text(string text)
    {
        Separate().Append('"');
        foreach (char one in text)
        {
            _ = one switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => _text.Append("\\u").Append(((int)one).ToString("x4", CultureInfo.InvariantCulture)),
                _ => _text.Append(one),
            };
        }
        _text.Append('"');
        return this;
    }

    /// <summary>Bytes, in base 64.</summary>
    public GoJsonWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Separate().Append('"').Append(Convert.ToBase64String(bytes)).Append('"');
        return this;
    }

    /// <summary>A whole number.</summary>
    public GoJsonWriter Number(long number)
    {
        Separate().Append(number);
        return this;
    }

    /// <summary>A whole number.</summary>
    public GoJsonWriter Number(ulong number)
    {
        Separate().Append(number);
        return this;
    }

    /// <summary>A truth value.</summary>
    public GoJsonWriter Truth(bool value)
    {
        Separate().Append(value ? "true" : "false");
        return this;
    }

    /// <summary>Nothing.</summary>
    public GoJsonWriter Null()
    {
        Separate().Append("null");
        return this;
    }

    private GoJsonWriter Open(char bracket)
    {
        Separate().Append(bracket);
        _needsComma = false;
        return this;
    }

    private GoJsonWriter Close(char bracket)
    {
        _text.Append(bracket);
        _needsComma = true;
        return this;
    }

    private StringBuilder Separate()
    {
        if (_needsComma)
            _text.Append(',');
        _needsComma = true;
        return _text;
    }
}
