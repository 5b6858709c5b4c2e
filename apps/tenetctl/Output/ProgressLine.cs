using Tenet.CommandLine;

namespace Tenet.Ctl.Output;

/// <summary>One line on standard error that is written over again and again, for people who watch; nothing if nobody does.</summary>
internal sealed class ProgressLine(CommandConsole console) : IDisposable
{
    private const long PauseMilliseconds = 100;
    private const string EraseToEnd = "\e[K";

    private readonly Lock _lock = new();
    private long _writtenAt = long.MinValue / 2;
    private bool _isWritten;

    /// <summary>Shows the text, unless the last was shown only just now.</summary>
    public void Show(string text)
    {
        if (!console.ErrorIsTerminal)
            return;
        lock (_lock)
        {
            if (Environment.TickCount64 - _writtenAt < PauseMilliseconds)
                return;
            _writtenAt = Environment.TickCount64;
            _isWritten = true;
            console.Error.Write($"\r{text}{EraseToEnd}");
            console.Error.Flush();
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (!_isWritten)
            return;
        console.Error.Write($"\r{EraseToEnd}");
        console.Error.Flush();
    }
}
