using System.Text;
using Google.Protobuf.Reflection;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>
/// From JSON to protobuf's wire format, by the rules of protojson that etcd's gateway has (contract/api.md, 4.2): both spellings of names, numbers as
/// numbers or strings, enums by name or number, unknown fields and unknown names of enums dropped, null for unset.
/// </summary>
internal static class JsonMessageReader
{
    /// <summary>How deep messages may be nested: what the protobuf parser behind takes.</summary>
    private const int DepthMax = 100;

    /// <summary>Reads a value that <see cref="JsonScanner"/> has passed.</summary>
    /// <exception cref="JsonRefusedException">It is not the JSON form of such a message.</exception>
    public static void Read(ReadOnlySpan<byte> json, MessageShape shape, WireBuffer output)
    {
        var text = new JsonText(json);
        ReadMessage(ref text, shape, output, DepthMax);
    }

    private static void ReadMessage(ref JsonText text, MessageShape shape, WireBuffer output, int depthLeft)
    {
        if (depthLeft == 0)
            throw new JsonRefusedException("proto: exceeded max recursion depth");
        if (text.Peek() != '{')
            throw text.Unexpected();
        text.TakeBracket();

        ulong seen = 0;
        ulong seenOneofs = 0;
        while (text.TryReadName(out ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> name, out int at))
        {
            byte first = text.Peek();
            if (shape.Find(name) is not { } field)
            {
                text.Skip();
                continue;
            }

            if ((seen & field.Bit) != 0)
                throw text.Error(at, $"duplicate field {Encoding.UTF8.GetString(raw)}");
            seen |= field.Bit;
            if (first == 'n')
            {
                text.ReadWord();
                continue;
            }

            if (field.IsRepeated)
            {
                ReadList(ref text, field, output, depthLeft);
                continue;
            }

            if ((seenOneofs & field.OneofBit) != 0)
                throw text.Error(at, $"error parsing {Encoding.UTF8.GetString(raw)}, oneof {field.OneofName} is already set");
            seenOneofs |= field.OneofBit;
            ReadValue(ref text, field, output, depthLeft);
        }
    }

    private static void ReadList(ref JsonText text, FieldShape field, WireBuffer output, int depthLeft)
    {
        if (text.Peek() != '[')
            throw text.Unexpected();
        text.TakeBracket();
        while (text.Peek() != ']')
            ReadValue(ref text, field, output, depthLeft);
        text.TakeBracket();
    }

    private static void ReadValue(ref JsonText text, FieldShape field, WireBuffer output, int depthLeft)
    {
        if (field.Type == FieldType.Message)
        {
            int start = output.Begin(field.Number);
            ReadMessage(ref text, field.Message, output, depthLeft - 1);
            output.End(start);
            return;
        }

        byte first = text.Peek();
        int at = text.At;
        if (first is (byte)'{' or (byte)'[')
            text.TakeBracket();
        else if (first == '"' ? TryWriteString(text.ReadString(), field, output) : TryWriteWord(text.ReadWord(), field, output))
            return;
        throw text.Error(at, $"invalid value for {field.TypeName} field {field.JsonName}: {text.RawFrom(at)}");
    }

    private static bool TryWriteString(ReadOnlySpan<byte> value, FieldShape field, WireBuffer output)
    {
        switch (field.Type)
        {
            case FieldType.String:
                output.WriteBytes(field.Number, value);
                return true;
            case FieldType.Bytes:
                return TryWriteBase64(value, field, output);
            case FieldType.Enum:
                if (field.EnumNumber(value) is { } number)
                    output.WriteNumber(field.Number, (ulong)number);
                return true;
            case FieldType.Bool:
                return false;
            default:
                return JsonNumber.IsNumber(value) && TryWriteNumber(value, field, output);
        }
    }

    private static bool TryWriteWord(ReadOnlySpan<byte> word, FieldShape field, WireBuffer output)
    {
        if (field.Type == FieldType.Bool)
        {
            if (word[0] is not ((byte)'t' or (byte)'f'))
                return false;
            output.WriteNumber(field.Number, word[0] == 't' ? 1u : 0u);
            return true;
        }

        return field.Type is not (FieldType.String or FieldType.Bytes) && JsonNumber.IsNumber(word) && TryWriteNumber(word, field, output);
    }

    private static bool TryWriteNumber(ReadOnlySpan<byte> text, FieldShape field, WireBuffer output)
    {
        ulong bits;
        bool read;
        if (field.Type is FieldType.UInt32 or FieldType.UInt64)
        {
            read = JsonNumber.TryReadUnsigned(text, field.Type == FieldType.UInt32 ? uint.MaxValue : ulong.MaxValue, out bits);
        }
        else
        {
            bool wide = field.Type == FieldType.Int64;
            read = JsonNumber.TryRead(text, wide ? long.MinValue : int.MinValue, wide ? long.MaxValue : int.MaxValue, out long number);
            bits = (ulong)number;
        }

        if (read)
            output.WriteNumber(field.Number, bits);
        return read;
    }

    private static bool TryWriteBase64(ReadOnlySpan<byte> text, FieldShape field, WireBuffer output)
    {
        int start = output.Begin(field.Number);
        if (!LenientBase64.TryDecode(text, output.Room((text.Length + 3) / 4 * 3), out int length))
            return false;
        output.Advance(length);
        output.End(start);
        return true;
    }
}
