using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.CommandLine;

namespace Tenet.Utl.Wal;

/// <summary>A message as one line: the fields that are set, bytes as quoted text. Secrets are not shown.</summary>
internal static class MessageText
{
    private const int ShownBytes = 64;

    public static string Of(IMessage message)
    {
        var text = new StringBuilder();
        Append(text, message);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IMessage message)
    {
        bool separate = false;
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            object value = field.Accessor.GetValue(message);
            if (!IsSet(field, message, value))
                continue;
            if (separate)
                text.Append(' ');
            separate = true;
            text.Append(field.Name).Append(':');
            if (IsSecret(field))
                text.Append("<redacted>");
            else if (field.IsRepeated)
                AppendList(text, (IEnumerable)value);
            else
                AppendValue(text, value);
        }
    }

    private static bool IsSecret(FieldDescriptor field) =>
        field.Name.Contains("password", StringComparison.OrdinalIgnoreCase) && field.FieldType != FieldType.Bool || field.Name == "simple_token";

    private static bool IsSet(FieldDescriptor field, IMessage message, object value)
    {
        if (field.IsRepeated)
            return ((ICollection)value).Count > 0;
        if (field.HasPresence)
            return field.Accessor.HasValue(message);
        return value switch
        {
            string text => text.Length > 0,
            ByteString bytes => bytes.Length > 0,
            bool truth => truth,
            Enum choice => Convert.ToInt32(choice, CultureInfo.InvariantCulture) != 0,
            IConvertible number => number.ToDecimal(CultureInfo.InvariantCulture) != 0,
            _ => true,
        };
    }

    private static void AppendList(StringBuilder text, IEnumerable values)
    {
        text.Append('[');
        bool separate = false;
        foreach (object value in values)
        {
            if (separate)
                text.Append(' ');
            separate = true;
            AppendValue(text, value);
        }

        text.Append(']');
    }

    private static void AppendValue(StringBuilder text, object value)
    {
        switch (value)
        {
            case IMessage message:
                text.Append('{');
                Append(text, message);
                text.Append('}');
                break;
            case ByteString bytes when bytes.Length > ShownBytes:
                text.Append(GoQuote.Bytes(bytes.Span[..ShownBytes])).Append(CultureInfo.InvariantCulture, $"…({bytes.Length} bytes)");
                break;
            case ByteString bytes:
                text.Append(GoQuote.Bytes(bytes.Span));
                break;
            case string words:
                text.Append(GoQuote.Bytes(Encoding.UTF8.GetBytes(words)));
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }
}
