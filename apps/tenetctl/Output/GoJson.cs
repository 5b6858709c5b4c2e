using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.CommandLine;

namespace Tenet.Ctl.Output;

/// <summary>
/// Messages as Go's encoder writes their structs: fields by number with their names in the .proto, numbers as numbers, enums too, bytes in
/// base 64, and nothing that has its zero value. The choice of a oneof stands in an object with the oneof's name.
/// </summary>
internal static class GoJson
{
    public static void Write(GoJsonWriter json, IMessage message)
    {
        json.BeginObject();
        WriteFields(json, message);
        json.EndObject();
    }

    /// <summary>The fields alone, for an object that has others beside them.</summary>
    public static void WriteFields(GoJsonWriter json, IMessage message)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.RealContainingOneof is null && field.Accessor.GetValue(message) is { } value && !IsZero(value))
                WriteValue(json.Name(field.Name), value);
        }
        foreach (OneofDescriptor choice in message.Descriptor.Oneofs)
        {
            json.Name(char.ToUpperInvariant(choice.Name[0]) + choice.Name[1..]).BeginObject();
            if (choice.Accessor.GetCaseFieldDescriptor(message) is { } chosen)
                WriteValue(json.Name(chosen.Name), chosen.Accessor.GetValue(message));
            json.EndObject();
        }
    }

    private static bool IsZero(object value) => value switch
    {
        string text => text.Length == 0,
        ByteString bytes => bytes.IsEmpty,
        bool truth => !truth,
        IMessage => false,
        IList list => list.Count == 0,
        _ => Convert.ToDecimal(value) == 0,
    };

    private static void WriteValue(GoJsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.Text(text);
                break;
            case ByteString bytes:
                json.Bytes(bytes.Span);
                break;
            case bool truth:
                json.Truth(truth);
                break;
            case IMessage message:
                Write(json, message);
                break;
            case ulong number:
                json.Number(number);
                break;
            case IList list:
                json.BeginArray();
                foreach (object one in list)
                    WriteValue(json, one);
                json.EndArray();
                break;
            default:
                json.Number(Convert.ToInt64(value));
                break;
        }
    }
}
