using System.Text;

namespace Tenet.CommandLine;

/// <summary>Lists as one value: separated by commas; a value in double quotes may hold a comma, and a quote twice stands for one.</summary>
internal static class CommaList
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create(",\"\r\n");

    public static string? Read(string text, out List<string> values)
    {
        values = [];
        if (text.Length == 0)
            return null;
        int at = 0;
        while (true)
        {
            StringBuilder value = new();
            if (at < text.Length && text[at] == '"')
            {
                at++;
                while (true)
                {
                    int quote = text.IndexOf('"', at);
                    if (quote < 0)
                        return $"parse error on line 1, column {text.Length + 1}: extraneous or missing \" in quoted-field";
                    value.Append(text, at, quote - at);
                    at = quote + 1;
                    if (at >= text.Length || text[at] != '"')
                        break;
                    value.Append('"');
                    at++;
                }
                if (at < text.Length && text[at] != ',')
                    return $"parse error on line 1, column {at}: extraneous or missing \" in quoted-field";
            }
            else
            {
                int comma = text.IndexOf(',', at);
                int end = comma < 0 ? text.Length : comma;
                int quote = text.IndexOf('"', at, end - at);
                if (quote >= 0)
                    return $"parse error on line 1, column {quote + 1}: bare \" in non-quoted field";
                value.Append(text, at, end - at);
                at = end;
            }
            values.Add(value.ToString());
            if (at >= text.Length)
                return null;
            at++;
        }
    }

    public static string Format(IReadOnlyList<string> values)
    {
        StringBuilder text = new("[");
        for (int i = 0; i < values.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            bool quoted = values[i].AsSpan().ContainsAny(Special) || values[i].StartsWith(' ');
            text.Append(quoted ? $"\"{values[i].Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : values[i]);
        }
        return text.Append(']').ToString();
    }
}
