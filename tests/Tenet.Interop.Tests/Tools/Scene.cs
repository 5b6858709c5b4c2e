using System.Text;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// A story told in invocations, played on an empty server of its own. Its file holds a step a line. Lines that begin with # are comments;
/// <c>#! no server</c> says that none is needed, <c>#! server</c> gives flags to it, <c>#! processes</c> that its tools need
/// the streams of a process. Below a step, <c>~ columns reason</c> accepts a difference there, and the lines that begin with
/// <c>&gt;</c> are what these columns print instead.
/// </summary>
internal sealed record Scene(string Name, bool NeedsServer, bool NeedsProcesses, IReadOnlyList<string> ServerFlags, IReadOnlyList<Step> Steps)
{
    private static string Directory => Path.Combine(AppContext.BaseDirectory, "Tools", "Scenes");

    public static IReadOnlyList<Scene> All() =>
        [.. System.IO.Directory.EnumerateFiles(Directory, "*.scene").Order(StringComparer.Ordinal).Select(file => Read(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file)))];

    /// <summary>Why each kind of difference is accepted, by its key.</summary>
    public static IReadOnlyDictionary<string, string> Reasons() =>
        File.ReadAllLines(Path.Combine(Directory, "reasons.txt")).Where(line => line.Length > 0).Select(line => line.Split(' ', 2)).ToDictionary(line => line[0], line => line[1].Trim());

    private static Scene Read(string name, string[] lines)
    {
        List<Step> steps = [];
        List<Difference> differences = [];
        bool needsServer = true;
        bool needsProcesses = false;
        string[] flags = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line == "#! no server")
                needsServer = false;
            if (line == "#! processes")
                needsProcesses = true;
            if (line.StartsWith("#! server ", StringComparison.Ordinal))
                flags = line["#! server ".Length..].Split(' ');
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] != '~')
            {
                differences = [];
                steps.Add(new(line, differences));
                continue;
            }
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            StringBuilder expected = new();
            while (i + 1 < lines.Length && lines[i + 1].StartsWith('>'))
                expected.Append(lines[++i].AsSpan(1)).Append('\n');
            differences.Add(new(words[1], words[2], expected.ToString()));
        }
        return new(name, needsServer, needsProcesses, flags, steps);
    }
}
