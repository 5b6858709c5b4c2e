using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Etcdctl;

/// <summary>
/// Runs a script of etcdctl commands against one server. A line is a command's arguments, with single quotes around what holds blanks;
/// <c>&lt;&lt;&lt; text</c> gives it input (\n for a newline); <c>name&amp; …</c> starts it and goes on; <c>name= N</c> waits for N lines
/// of it (or for a text in it) and ends it; <c>$LEASE0</c> is the first granted lease, <c>$DIR</c> a directory; <c>utl …</c> runs etcdutl;
/// <c>out …</c> drops what goes to the error stream (the tool's own log).
/// </summary>
internal sealed class ScriptRunner(ServerProcess server, string scratch)
{
    private readonly Masks _masks = new(server, scratch);
    private readonly Dictionary<string, Process> _background = [];

    /// <summary>For each line of the script what it printed, masked.</summary>
    public async Task<List<string>> RunAsync(IEnumerable<string> script)
    {
        List<string> transcript = [];
        try
        {
            foreach (string line in script)
                transcript.Add(_masks.Apply(await StepAsync(line)));
        }
        finally
        {
            foreach (Process process in _background.Values)
            {
                process.Kill();
                process.Dispose();
            }
        }
        return transcript;
    }

    private async Task<string> StepAsync(string line)
    {
        string verb = line.Split(' ')[0];
        string rest = line[verb.Length..].TrimStart();
        if (verb.EndsWith('&'))
            return Begin(verb[..^1], rest);
        if (verb.EndsWith('='))
            return await CollectAsync(verb[..^1], rest);
        if (verb is "out" or "utl")
            line = rest;
        (List<string> arguments, string? input) = Split(line);
        ToolResult result = verb == "utl"
            ? await Tool.RunAsync(Binaries.Etcdutl, arguments)
            : await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--command-timeout", "10s", .. arguments], input);
        return $"exit {result.ExitCode}\n{result.Output}" + (verb is "out" or "utl" || result.Errors.Length == 0 ? "" : $"-- errors\n{result.Errors}");
    }

    private string Begin(string name, string line)
    {
        (List<string> arguments, string? input) = Split(line);
        Process process = Tool.Start(Binaries.Etcdctl, ["--endpoints", server.Endpoint, .. arguments]);
        if (input is not null)
        {
            process.StandardInput.Write(input);
            process.StandardInput.Flush();
        }
        _background[name] = process;
        return "";
    }

    private async Task<string> CollectAsync(string name, string until)
    {
        _background.Remove(name, out Process? process);
        StringBuilder text = new();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(15));
        char[] buffer = new char[4096];
        try
        {
            while (!IsComplete(text.ToString(), until))
            {
                int read = await process!.StandardOutput.ReadAsync(buffer, limit.Token);
                if (read == 0)
                    break;
                text.Append(buffer, 0, read);
            }
        }
        catch (OperationCanceledException)
        {
            text.AppendLine("(nothing more)");
        }
        process!.Kill();
        process.Dispose();
        return text.ToString();
    }

    private static bool IsComplete(string text, string until) =>
        int.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) ? text.Count(c => c == '\n') >= lines : text.Contains(until, StringComparison.Ordinal);

    private (List<string> Arguments, string? Input) Split(string line)
    {
        string? input = null;
        int at = line.IndexOf(" <<< ", StringComparison.Ordinal);
        if (at >= 0)
        {
            input = line[(at + 5)..].Replace("\\n", "\n", StringComparison.Ordinal);
            line = line[..at];
        }
        for (int i = 0; i < _masks.Leases.Count; i++)
            line = line.Replace($"$LEASE{i}", _masks.Leases[i], StringComparison.Ordinal);
        line = line.Replace("$DIR", scratch, StringComparison.Ordinal);
        List<string> arguments = [];
        foreach (string part in line.Split('\'').Select((text, index) => (text, index)).SelectMany(part =>
            part.index % 2 == 1 ? ["'" + part.text] : part.text.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            arguments.Add(part.TrimStart('\''));
        return (arguments, input);
    }
}
