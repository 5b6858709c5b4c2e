using Tenet.Foundation.Logging;

namespace Tenet.App.Logging;

/// <summary>
/// Keeps one loud line from drowning the rest: within a second, of lines with one level and text, the first 100 pass and then every
/// 100th, as in etcd. Not safe for several threads at once.
/// </summary>
internal sealed class LogSampler
{
    private const int First = 100;
    private const int Thereafter = 100;
    private readonly Dictionary<(LogLevel Level, string Message), int> _seen = [];
    private long _second;

    public bool Passes(long second, LogLevel level, string message)
    {
        if (second != _second)
        {
            _second = second;
            _seen.Clear();
        }
        int seen = _seen.GetValueOrDefault((level, message)) + 1;
        _seen[(level, message)] = seen;
        return seen <= First || (seen - First) % Thereafter == 0;
    }
}
