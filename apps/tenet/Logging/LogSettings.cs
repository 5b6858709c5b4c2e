using Tenet.Foundation.Logging;

namespace Tenet.App.Logging;

/// <summary>What <c>--log-level</c>, <c>--log-format</c> and <c>--log-outputs</c> ask for.</summary>
internal sealed record LogSettings(LogLevel Level, LogFormat Format, bool FormatIsGiven, IReadOnlyList<string> Outputs)
{
    public static LogSettings Default { get; } = new(LogLevel.Info, LogFormat.Json, false, ["default"]);

    /// <summary>The level of this name, or null.</summary>
    public static LogLevel? FindLevel(string name)
    {
        foreach (LogLevel level in Enum.GetValues<LogLevel>())
        {
            if (LogLine.Name(level) == name)
                return level;
        }
        return null;
    }

    /// <summary>How files give way to new ones; null if they never do.</summary>
    public LogRotation? Rotation { get; init; }

    /// <summary>Opens the outputs.</summary>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public ProcessLog Open(TimeProvider time) => new(Level, [.. Outputs.Distinct().Select(output => Open(output, time))], time);

    private (Stream Output, LogFormat Format) Open(string output, TimeProvider time) => output switch
    {
        "default" or "stderr" => (Console.OpenStandardError(), Console.IsErrorRedirected || FormatIsGiven ? Format : LogFormat.Terminal),
        "stdout" => (Console.OpenStandardOutput(), Console.IsOutputRedirected || FormatIsGiven ? Format : LogFormat.Terminal),
        "systemd/journal" => (new JournalStream(), Format),
        _ => (OpenFile(output, time), Format),
    };

    private Stream OpenFile(string path, TimeProvider time)
    {
        try
        {
            return Rotation is not null ? new RotatingFile(path, Rotation, time) : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"open sink \"{path}\": {problem.Message}", problem);
        }
    }
}
