using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// Plays scenes in one column. A step is etcdctl's arguments, with single quotes around what holds blanks; <c>utl …</c> runs etcdutl and <c>bare …</c>
/// etcdctl without the flags that lead to the server; <c>NAME=value</c> before them sets the environment; <c>&lt;&lt;&lt; text</c> at the end gives
/// input (\n for a newline). What holds: <c>name&amp; …</c> starts it and goes on; <c>name: N</c> waits for N lines of it, or for a text in it;
/// <c>name&lt; text</c> tells it something; <c>name= N</c> waits and ends it, <c>name^ N</c> waits and interrupts it, <c>name$</c> waits for its own end.
/// <c>$LEASE0</c> is the first lease that was seen, <c>$MEMBER0</c> the first member, <c>$DIR</c> a directory, <c>$ENDPOINT</c> the server.
/// </summary>
internal sealed partial class SceneRunner(Scene scene, Column column, ServerProcess? server, string scratch) : IDisposable
{
    // Nobody listens on a port that only root may open.
    private const string Nowhere = "127.0.0.1:1";

    private readonly Masks _masks = new(server?.Endpoint ?? Nowhere, scratch);
    private readonly Dictionary<string, HeldTool> _held = [];

    /// <summary>For each step of the scene what came of it, masked.</summary>
    public static async Task<List<string>> PlayAsync(Scene scene, Column column)
    {
        using Scratch scratch = new();
        string directory = Directory.CreateDirectory(scratch["files"]).FullName;
        await using ServerProcess? server = scene.NeedsServer ? await ServerProcess.StartAsync(column.Server, scratch["server"], [.. scene.ServerFlags]) : null;
        using SceneRunner runner = new(scene, column, server, directory);
        List<string> outcomes = [];
        foreach (Step step in scene.Steps)
            outcomes.Add(runner._masks.Apply(await runner.StepAsync(step.Line)));
        return outcomes;
    }

    /// <summary>The leading word of a step if it is more than an argument.</summary>
    public static string? Verb(string line)
    {
        string word = line.Split(' ')[0];
        return HoldingVerb().IsMatch(word) ? word : null;
    }

    public void Dispose()
    {
        foreach (HeldTool held in _held.Values)
            held.Dispose();
    }

    private async Task<string> StepAsync(string line)
    {
        if (Verb(line) is not { } verb)
            return Describe(await RunAsync(line));
        string name = verb[..^1];
        string rest = line[verb.Length..].TrimStart();
        if (verb[^1] == '&')
        {
            Invocation invocation = Parse(rest);
            HeldTool started = new(Tool.Start(invocation.Program, invocation.Arguments, invocation.Environment));
            _held[name] = started;
            if (invocation.Input is not null)
                started.Say(invocation.Input);
            return "";
        }
        HeldTool held = _held[name];
        switch (verb[^1])
        {
            case '<':
                held.Say(Unescape(rest) + "\n");
                return "";
            case ':':
                await held.HearsAsync(rest);
                return "";
        }
        _held.Remove(name);
        using (held)
        {
            if (verb[^1] == '=')
                return await held.HearsAsync(rest);
            if (verb[^1] == '^')
            {
                await held.HearsAsync(rest);
                await held.InterruptAsync();
            }
            return Describe(await held.EndsAsync());
        }
    }

    private async Task<ToolResult> RunAsync(string line)
    {
        Invocation invocation = Parse(line);
        bool isInside = invocation.Tool.Name == InsideTool.Name && InsideTool.IsWanted && !scene.NeedsProcesses && invocation.Environment.Count == 0;
        try
        {
            return isInside
                ? await InsideTool.RunAsync(invocation.Words, invocation.Input)
                : await Tool.RunAsync(invocation.Program, invocation.Arguments, invocation.Input, invocation.Environment);
        }
        catch (TimeoutException)
        {
            return new(-1, "(goes on running)\n", "");
        }
    }

    private static string Describe(ToolResult result) => $"exit {result.ExitCode}\n{result.Output}" + (result.Errors.Length == 0 ? "" : $"-- errors\n{result.Errors}");

    private Invocation Parse(string line)
    {
        string? input = null;
        int at = line.IndexOf(" <<< ", StringComparison.Ordinal);
        if (at >= 0)
        {
            input = Unescape(line[(at + 5)..]);
            line = line[..at];
        }
        Dictionary<string, string> environment = [];
        List<string> words = [];
        foreach (Match word in Word().Matches(_masks.Fill(line)))
        {
            string text = word.Value.Replace("'", "", StringComparison.Ordinal);
            if (words.Count == 0 && Assignment().IsMatch(text))
                environment[text[..text.IndexOf('=', StringComparison.Ordinal)]] = text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..];
            else
                words.Add(text);
        }
        ServerBinary tool = words is ["utl", ..] ? column.Utl : column.Ctl;
        if (words is ["utl" or "bare", ..])
            words.RemoveAt(0);
        else
            words.InsertRange(0, server is null ? ["--endpoints", Nowhere, "--command-timeout", "200ms", "--dial-timeout", "200ms"] : ["--endpoints", server.Endpoint, "--command-timeout", "15s", "--dial-timeout", "15s"]);
        return new(tool, words, input, environment);
    }

    private static string Unescape(string text) => text.Replace("\\n", "\n", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z0-9]+[&=:^<$]$")]
    private static partial Regex HoldingVerb();

    [GeneratedRegex("(?:'[^']*'|[^ '])+")]
    private static partial Regex Word();

    [GeneratedRegex("^[A-Z][A-Z0-9_]*=")]
    private static partial Regex Assignment();

    private sealed record Invocation(ServerBinary Tool, IReadOnlyList<string> Words, string? Input, IReadOnlyDictionary<string, string> Environment)
    {
        public string Program => Tool.FileName;

        public IEnumerable<string> Arguments => [.. Tool.Prefix, .. Words];
    }
}
