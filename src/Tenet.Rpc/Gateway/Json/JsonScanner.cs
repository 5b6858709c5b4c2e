using System.Buffers;
using System.Collections;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>
/// Finds where one JSON value ends, whatever pieces it arrives in, and refuses what is no JSON in the words of Go's parser. What passes is
/// well-formed but for the inside of strings (escapes of surrogates, UTF-8), which is left to whoever takes the value apart.
/// </summary>
internal sealed class JsonScanner
{
    /// <summary>How deep objects and arrays may be nested, as in Go.</summary>
    private const int DepthMax = 10_000;

    private static readonly SearchValues<byte> EndsRunInString = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    private readonly BitArray _isObject = new(64);
    private int _depth;
    private State _state = State.BeginValue;
    private string _literal = "";
    private int _literalAt;
    private bool _stringIsName;

    private enum State
    {
        BeginValue,
        BeginValueOrEmptyArray,
        BeginName,
        BeginNameOrEmptyObject,
        AfterName,
        AfterValue,
        InString,
        InEscape,
        InHex1,
        InHex2,
        InHex3,
        InHex4,
        Minus,
        Zero,
        Digits,
        Dot,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,
        InLiteral,
        Complete,
    }

    /// <summary>Why, after <see cref="ScanOutcome.Refused"/>.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Whether nothing but white space has been seen.</summary>
    public bool IsBlank => _depth == 0 && _state == State.BeginValue;

    /// <summary>Looks at the next bytes of the same value; <paramref name="consumed"/> tells how many of them belong to it, leading white space included.</summary>
    public ScanOutcome Feed(ReadOnlySpan<byte> bytes, out int consumed)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            if (_state == State.InString)
            {
                int run = bytes[at..].IndexOfAny(EndsRunInString);
                at = run < 0 ? bytes.Length : at + run;
                if (run < 0)
                    break;
            }

            // A number at the top ends where something else begins.
            if (_depth == 0 && IsWholeNumber && !ContinuesNumber(bytes[at]))
            {
                _state = State.Complete;
                break;
            }

            if (!Take(bytes[at]))
            {
                consumed = at;
                return ScanOutcome.Refused;
            }

            at++;
            if (_state == State.Complete)
                break;
        }

        consumed = at;
        return _state == State.Complete ? ScanOutcome.Complete : ScanOutcome.NeedsMore;
    }

    /// <summary>Nothing follows. Whether that ends the value.</summary>
    public bool End() => _depth == 0 && IsWholeNumber;

    /// <summary>Makes it ready for the next value.</summary>
    public void Reset()
    {
        _depth = 0;
        _state = State.BeginValue;
    }

    private bool IsWholeNumber => _state is State.Zero or State.Digits or State.Fraction or State.ExponentDigits;

    private bool ContinuesNumber(byte one) => one switch
    {
        >= (byte)'0' and <= (byte)'9' => _state != State.Zero,
        (byte)'.' => _state is State.Zero or State.Digits,
        (byte)'e' or (byte)'E' => _state != State.ExponentDigits,
        _ => false,
    };

    private bool Take(byte one) => _state switch
    {
        State.BeginValue => IsSpace(one) || TakeFirst(one),
        State.BeginValueOrEmptyArray => IsSpace(one) || (one == ']' ? Close() : TakeFirst(one)),
        State.BeginNameOrEmptyObject when one == '}' => Close(),
        State.BeginName or State.BeginNameOrEmptyObject => IsSpace(one) || TakeNameStart(one),
        State.AfterName => IsSpace(one) || (one == ':' ? Enter(State.BeginValue) : Refuse(one, "after object key")),
        State.AfterValue => IsSpace(one) || TakeAfterValue(one),
        State.InString => TakeInString(one),
        State.InEscape => TakeEscape(one),
        State.InHex1 or State.InHex2 or State.InHex3 or State.InHex4 =>
            char.IsAsciiHexDigit((char)one)
                ? Enter(_state == State.InHex4 ? State.InString : _state + 1)
                : Refuse(one, "in \\u hexadecimal character escape"),
        State.InLiteral => TakeInLiteral(one),
        _ => TakeInNumber(one),
    };

    private bool TakeFirst(byte one)
    {
        switch (one)
        {
            case (byte)'{':
                return Open(isObject: true);
            case (byte)'[':
                return Open(isObject: false);
            case (byte)'"':
                _stringIsName = false;
                return Enter(State.InString);
            case (byte)'-':
                return Enter(State.Minus);
            case (byte)'0':
                return Enter(State.Zero);
            case >= (byte)'1' and <= (byte)'9':
                return Enter(State.Digits);
            case (byte)'t':
                return EnterLiteral("true");
            case (byte)'f':
                return EnterLiteral("false");
            case (byte)'n':
                return EnterLiteral("null");
            default:
                return Refuse(one, "looking for beginning of value");
        }
    }

    private bool TakeNameStart(byte one)
    {
        if (one != '"')
            return Refuse(one, "looking for beginning of object key string");
        _stringIsName = true;
        return Enter(State.InString);
    }

    private bool TakeAfterValue(byte one)
    {
        bool inObject = _isObject[_depth - 1];
        return one switch
        {
            (byte)',' => Enter(inObject ? State.BeginName : State.BeginValue),
            (byte)'}' when inObject => Close(),
            (byte)']' when !inObject => Close(),
            _ => Refuse(one, inObject ? "after object key:value pair" : "after array element"),
        };
    }

    private bool TakeInString(byte one) => one switch
    {
        (byte)'"' => _stringIsName ? Enter(State.AfterName) : EndValue(),
        (byte)'\\' => Enter(State.InEscape),
        < 0x20 => Refuse(one, "in string literal"),
        _ => true,
    };

    private bool TakeEscape(byte one) => one switch
    {
        (byte)'u' => Enter(State.InHex1),
        (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' or (byte)'\\' or (byte)'/' or (byte)'"' => Enter(State.InString),
        _ => Refuse(one, "in string escape code"),
    };

    private bool TakeInLiteral(byte one)
    {
        char expected = _literal[_literalAt];
        if (one != expected)
            return Refuse(one, $"in literal {_literal} (expecting '{expected}')");
        _literalAt++;
        return _literalAt < _literal.Length || EndValue();
    }

    private bool TakeInNumber(byte one)
    {
        bool digit = char.IsAsciiDigit((char)one);
        switch (_state)
        {
            case State.Minus when digit:
                return Enter(one == '0' ? State.Zero : State.Digits);
            case State.Minus:
                return Refuse(one, "in numeric literal");
            case State.Dot:
                return digit ? Enter(State.Fraction) : Refuse(one, "after decimal point in numeric literal");
            case State.Exponent when one is (byte)'+' or (byte)'-':
                return Enter(State.ExponentSign);
            case State.Exponent or State.ExponentSign:
                return digit ? Enter(State.ExponentDigits) : Refuse(one, "in exponent of numeric literal");
            default:
                if (!ContinuesNumber(one))
                    return EndValue() && Take(one);
                return digit || Enter(one == '.' ? State.Dot : State.Exponent);
        }
    }

    private bool Open(bool isObject)
    {
        if (_depth == DepthMax)
            return Refuse((byte)(isObject ? '{' : '['), "exceeded max depth");
        if (_depth == _isObject.Length)
            _isObject.Length *= 2;
        _isObject[_depth++] = isObject;
        return Enter(isObject ? State.BeginNameOrEmptyObject : State.BeginValueOrEmptyArray);
    }

    private bool Close()
    {
        _depth--;
        return EndValue();
    }

    private bool EndValue() => Enter(_depth == 0 ? State.Complete : State.AfterValue);

    private bool EnterLiteral(string literal)
    {
        _literal = literal;
        _literalAt = 1;
        return Enter(State.InLiteral);
    }

    private bool Enter(State next)
    {
        _state = next;
        return true;
    }

    private bool Refuse(byte one, string where)
    {
        Refusal = $"invalid character {Quote(one)} {where}";
        return false;
    }

    private static bool IsSpace(byte one) => one is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>A byte as Go quotes it here: the character of its number, escaped if it cannot be printed.</summary>
    private static string Quote(byte one) => one switch
    {
        (byte)'\'' => "'\\''",
        (byte)'\\' => "'\\\\'",
        (byte)'\a' => "'\\a'",
        (byte)'\b' => "'\\b'",
        (byte)'\f' => "'\\f'",
        (byte)'\n' => "'\\n'",
        (byte)'\r' => "'\\r'",
        (byte)'\t' => "'\\t'",
        (byte)'\v' => "'\\v'",
        < 0x20 or 0x7f => $"'\\x{one:x2}'",
        (> 0x7f and <= 0xa0) or 0xad => $"'\\u{(int)one:x4}'",
        _ => $"'{(char)one}'",
    };
}
