using System.Text;

namespace Tenet.Protocol.Framing;

/// <summary>Text as Go prints it inside error messages.</summary>
public static class GoText
{
    /// <summary>A string in double quotes, with <c>"</c>, <c>\</c> and what cannot be printed escaped.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char one in text)
        {
            _ = one switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append($"\\x{(int)one:x2}"),
                _ => quoted.Append(one),
            };
        }
        return quoted.Append('"').ToString();
    }
}
