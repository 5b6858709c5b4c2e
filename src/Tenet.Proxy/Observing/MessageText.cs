using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Tenet.Proxy.Observing;

/// <summary>Messages as compact JSON for the log, without what nobody may read there.</summary>
internal static class MessageText
{
    /// <summary>Fields that let whoever knows them act as somebody else.</summary>
    private static readonly HashSet<string> Secret = ["password", "hashedPassword", "token"];

    public static string Of(IMessage message)
    {
        if (message.Descriptor.Fields.InDeclarationOrder().Any(IsSecret))
            message = WithoutSecrets(message);
        return WithoutSpaces(JsonFormatter.Default.Format(message));
    }

    private static IMessage WithoutSecrets(IMessage message)
    {
        IMessage copy = message.Descriptor.Parser.ParseFrom(message.ToByteString());
        foreach (FieldDescriptor field in copy.Descriptor.Fields.InDeclarationOrder())
        {
            if (IsSecret(field))
                field.Accessor.Clear(copy);
        }
        return copy;
    }

    private static bool IsSecret(FieldDescriptor field) => Secret.Contains(field.Name);

    /// <summary>The formatter puts spaces around braces and after commas and colons.</summary>
    private static string WithoutSpaces(string json)
    {
        StringBuilder compact = new(json.Length);
        bool quoted = false;
        for (int i = 0; i < json.Length; i++)
        {
            char letter = json[i];
            if (letter == ' ' && !quoted)
                continue;
            compact.Append(letter);
            if (letter == '"')
                quoted = !quoted;
            else if (letter == '\\')
                compact.Append(json[++i]);
        }
        return compact.ToString();
    }
}
