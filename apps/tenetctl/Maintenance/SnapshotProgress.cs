using System.Diagnostics;
using Tenet.CommandLine;
using Tenet.Foundation.Text;

namespace Tenet.Ctl.Maintenance;

/// <summary>One line on a terminal that says how much has arrived, and how much is to come. It is gone when the work is done.</summary>
internal sealed class SnapshotProgress(OutputWriter terminal) : IDisposable
{
    private const string ClearLine = "\r\e[K";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private long _shown;

    public void Show(long received, long remaining)
    {
        if (_shown != 0 && Stopwatch.GetElapsedTime(_shown) < Pause)
            return;
        _shown = Stopwatch.GetTimestamp();
        terminal.Write($"{ClearLine}{ByteCounts.Format(received)} of {ByteCounts.Format(received + remaining)}");
        terminal.Flush();
    }

    public void Dispose()
    {
        terminal.Write(ClearLine);
        terminal.Flush();
    }
}
