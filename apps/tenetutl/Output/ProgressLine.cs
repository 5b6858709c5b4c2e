using System.Globalization;
using Tenet.CommandLine;

namespace Tenet.Utl.Output;

/// <summary>One line on a terminal that is written over as work goes on, ten times a second at most.</summary>
internal sealed class ProgressLine(OutputWriter output, TimeProvider clock) : IProgressLine, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private long _shownAt;
    private int _width;

    /// <summary>What tells progress to whoever watches standard error; nobody does if it is no terminal.</summary>
    public static IProgressLine Of(CommandConsole console) => console.ErrorIsTerminal ? new ProgressLine(console.Error, TimeProvider.System) : NoProgress.Instance;

    public void Report(string what, long done, long all)
    {
        long now = clock.GetTimestamp();
        if (_shownAt != 0 && clock.GetElapsedTime(_shownAt, now) < Interval)
            return;
        _shownAt = now;
        string text = all > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{what}: {done * 100.0 / all:0} %")
            : string.Create(CultureInfo.InvariantCulture, $"{what}: {done}");
        output.Write($"\r{text.PadRight(_width)}");
        output.Flush();
        _width = text.Length;
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_width == 0)
            return;
        output.Write($"\r{new string(' ', _width)}\r");
        output.Flush();
        _width = 0;
    }
}
