using System.Text;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Reads and writes data files (contract/consensus.md, 2.1).</summary>
internal static class DataFile
{
    private const string Separator = "----";

    public static IEnumerable<Directive> Read(string text)
    {
        string[] lines = text.Split('\n');
        int count = text.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        var head = new StringBuilder();
        for (int i = 0; i < count;)
        {
            string trimmed = lines[i].Trim();
            if (trimmed.Length == 0 || trimmed.StartsWith('#'))
            {
                head.Append(lines[i++]).Append('\n');
                continue;
            }
            int line = i + 1;
            while (trimmed.EndsWith('\\') && i + 1 < count)
            {
                head.Append(lines[i]).Append('\n');
                trimmed = trimmed[..^1] + " " + lines[++i].Trim();
            }
            head.Append(lines[i++]).Append('\n');
            var input = new StringBuilder();
            for (; i < count && lines[i] != Separator; i++)
            {
                head.Append(lines[i]).Append('\n');
                input.Append(lines[i]).Append('\n');
            }
            i++;
            string expected = ReadExpected(lines, count, ref i);
            (string command, List<Argument> arguments) = ReadCommand(trimmed);
            yield return new Directive
            {
                Command = command,
                Arguments = arguments,
                Input = input.ToString().Trim(),
                Expected = expected,
                Line = line,
                Head = head.ToString(),
            };
            head.Clear();
        }
    }

    /// <summary>A directive as text, with this output.</summary>
    public static string Write(Directive directive, string output)
    {
        string text = directive.Head + Separator + "\n";
        return output.Contains("\n\n", StringComparison.Ordinal) || output.StartsWith('\n')
            ? $"{text}{Separator}\n{output}{Separator}\n{Separator}\n\n"
            : $"{text}{output}\n";
    }

    private static string ReadExpected(string[] lines, int count, ref int i)
    {
        var expected = new StringBuilder();
        if (i < count && lines[i] == Separator)
        {
            for (i++; i < count && !(lines[i] == Separator && i + 1 < count && lines[i + 1] == Separator); i++)
                expected.Append(lines[i]).Append('\n');
            i += 3;
            return expected.ToString();
        }
        for (; i < count && lines[i].Trim().Length > 0; i++)
            expected.Append(lines[i]).Append('\n');
        i++;
        return expected.ToString();
    }

    private static (string Command, List<Argument> Arguments) ReadCommand(string line)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0)
            return (line, []);
        List<Argument> arguments = [];
        string rest = line[blank..];
        while ((rest = rest.TrimStart()).Length > 0)
        {
            int end = rest.IndexOfAny([' ', '=']);
            if (end < 0 || rest[end] == ' ')
            {
                string key = end < 0 ? rest : rest[..end];
                arguments.Add(new Argument(key, []));
                rest = rest[key.Length..];
                continue;
            }
            string name = rest[..end];
            rest = rest[(end + 1)..];
            arguments.Add(new Argument(name, ReadValues(ref rest)));
        }
        return (line[..blank], arguments);
    }

    private static List<string> ReadValues(ref string rest)
    {
        if (!rest.StartsWith('('))
        {
            int end = rest.IndexOf(' ', StringComparison.Ordinal);
            string value = end < 0 ? rest : rest[..end];
            rest = rest[value.Length..];
            return [value];
        }
        List<string> values = [];
        int depth = 0;
        int start = 1;
        for (int i = 0; i < rest.Length; i++)
        {
            depth += rest[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth > 1 || (depth == 1 && rest[i] != ','))
                continue;
            string value = rest[start..i].TrimStart();
            if (depth == 0)
            {
                if (values.Count > 0 || value.Length > 0)
                    values.Add(value);
                rest = rest[(i + 1)..];
                return values;
            }
            values.Add(value);
            start = i + 1;
        }
        throw new FormatException($"a list is not closed: {rest}");
    }
}
