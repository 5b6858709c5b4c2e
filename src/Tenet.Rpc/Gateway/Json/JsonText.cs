using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Tenet.Protocol.Framing;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>
/// One JSON value that <see cref="JsonScanner"/> has passed, token by token. So brackets match and commas are where they belong; what is left to
/// refuse is strings whose characters cannot be. Refusals are worded as Go's protojson words them.
/// </summary>
internal ref struct JsonText(ReadOnlySpan<byte> text)
{
    private const int EscapeLength = 6;

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Where the next token begins, after <see cref="Peek"/>.</summary>
    public int At { get; private set; }

    /// <summary>The next token's first byte. Commas and white space are passed over.</summary>
    public byte Peek()
    {
        while (_text[At] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',')
            At++;
        return _text[At];
    }

    /// <summary>Passes over a bracket.</summary>
    public void TakeBracket() => At++;

    /// <summary>Reads the name of an object's member and passes over the colon; null at the object's end, which is passed over.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> name, out int at)
    {
        at = At;
        raw = name = default;
        if (Peek() == '}')
        {
            At++;
            return false;
        }

        at = At;
        name = ReadString();
        raw = _text[at..At];
        while (_text[At] != ':')
            At++;
        At++;
        return true;
    }

    /// <summary>Reads a string; what comes back lies in the text itself if it has no escapes.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        ReadOnlySpan<byte> rest = _text[(At + 1)..];
        int end = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (rest[end] == '\\')
            return ReadEscapedString();
        ReadOnlySpan<byte> value = rest[..end];
        if (!Utf8.IsValid(value))
            throw SyntaxError(At, "invalid UTF-8 in string");
        At += end + 2;
        return value;
    }

    /// <summary>Reads a number or a literal.</summary>
    public ReadOnlySpan<byte> ReadWord()
    {
        int end = At;
        while (end < _text.Length && _text[end] is not ((byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            end++;
        ReadOnlySpan<byte> word = _text[At..end];
        At = end;
        return word;
    }

    /// <summary>Passes over a value, whatever it is. Strings in it must be sound even so.</summary>
    public void Skip()
    {
        int depth = 0;
        do
        {
            switch (Peek())
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    At++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    At++;
                    break;
                case (byte)':':
                    At++;
                    // What stands before it was no value.
                    continue;
                case (byte)'"':
                    ReadString();
                    break;
                default:
                    ReadWord();
                    break;
            }
        }
        while (depth > 0);
    }

    /// <summary>The text from a place to where reading has come.</summary>
    public readonly string RawFrom(int start) => Encoding.UTF8.GetString(_text[start..At]);

    /// <summary>Refuses the next token as one that must not stand there.</summary>
    public JsonRefusedException Unexpected()
    {
        int start = At;
        switch (Peek())
        {
            case (byte)'"':
                ReadString();
                break;
            case (byte)'{' or (byte)'[' or (byte)'}' or (byte)']':
                At++;
                break;
            default:
                ReadWord();
                break;
        }

        return SyntaxError(start, $"unexpected token {RawFrom(start)}");
    }

    public readonly JsonRefusedException SyntaxError(int at, string what) => new($"proto: syntax error {Place(at)}: {what}");

    public readonly JsonRefusedException Error(int at, string what) => new($"proto: {Place(at)}: {what}");

    private readonly string Place(int at)
    {
        ReadOnlySpan<byte> before = _text[..at];
        int line = before.Count((byte)'\n') + 1;
        before = before[(before.LastIndexOf((byte)'\n') + 1)..];
        int column = 1;
        while (before.Length > 0)
        {
            Rune.DecodeFromUtf8(before, out _, out int length);
            before = before[length..];
            column++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"(line {line}:{column})");
    }

    private ReadOnlySpan<byte> ReadEscapedString()
    {
        int start = At;
        int at = At + 1;
        byte[] value = new byte[ClosingQuote(at) - at];
        int length = 0;
        while (_text[at] != '"')
        {
            int run = _text[at..].IndexOfAny((byte)'"', (byte)'\\');
            ReadOnlySpan<byte> plain = _text.Slice(at, run);
            if (!Utf8.IsValid(plain))
                throw SyntaxError(start, "invalid UTF-8 in string");
            plain.CopyTo(value.AsSpan(length));
            length += run;
            at += run;
            if (_text[at] == '\\')
                at += Unescape(start, at, value, ref length);
        }

        At = at + 1;
        return value.AsSpan(0, length);
    }

    private readonly int ClosingQuote(int at)
    {
        while (_text[at] != '"')
            at += _text[at] == '\\' ? 2 : 1;
        return at;
    }

    /// <returns>How many bytes the escape has.</returns>
    private readonly int Unescape(int start, int at, Span<byte> value, ref int length)
    {
        byte kind = _text[at + 1];
        if (kind != 'u')
        {
            value[length++] = kind switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                _ => kind,
            };
            return 2;
        }

        char first = Hex(_text.Slice(at + 2, 4));
        if (!char.IsSurrogate(first))
        {
            length += new Rune(first).EncodeToUtf8(value[length..]);
            return EscapeLength;
        }

        ReadOnlySpan<byte> second = _text[(at + EscapeLength)..];
        if (second.Length < EscapeLength)
            throw new JsonRefusedException("proto: unexpected EOF");
        second = second[..EscapeLength];
        if (!second.StartsWith("\\u"u8)
            || !Utf8Parser.TryParse(second[2..], out uint low, out int digits, 'x')
            || digits != 4
            || !Rune.TryCreate(first, (char)low, out Rune pair))
        {
            throw SyntaxError(start, $"invalid escape code {GoText.Quote(Encoding.UTF8.GetString(second))} in string");
        }

        length += pair.EncodeToUtf8(value[length..]);
        return 2 * EscapeLength;
    }

    private static char Hex(ReadOnlySpan<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[2];
        Convert.FromHexString(digits, bytes, out _, out _);
        return (char)BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }
}
