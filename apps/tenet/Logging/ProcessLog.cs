using System.Buffers;
using Tenet.Foundation.Logging;

namespace Tenet.App.Logging;

/// <summary>
/// The process's log: lines go to all outputs, whole, in the order in which they were written. An output that fails is passed over:
/// a full log disk must not stop the member.
/// </summary>
internal sealed class ProcessLog : ILog, IDisposable
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private readonly LogSampler _sampler = new();
    private readonly LogLevel _least;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<(Stream Output, LogFormat Format)> _outputs;

    public ProcessLog(LogLevel least, IReadOnlyList<(Stream Output, LogFormat Format)> outputs, TimeProvider time)
    {
        _least = least;
        _outputs = outputs;
        _time = time;
    }

    public bool IsEnabled(LogLevel level) => level >= _least;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (!IsEnabled(level))
            return;
        DateTimeOffset now = _time.GetLocalNow();
        string? caller = null;
        lock (_lock)
        {
            if (!_sampler.Passes(now.ToUnixTimeSeconds(), level, message))
                return;
            foreach ((Stream output, LogFormat format) in _outputs)
            {
                if (format != LogFormat.Terminal)
                    caller ??= Caller.Find();
                _line.ResetWrittenCount();
                LogLine.Write(_line, format, now, level, logger, caller ?? "", message, fields);
                TryWrite(output, _line.WrittenSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach ((Stream output, _) in _outputs)
                output.Dispose();
        }
    }

    private static void TryWrite(Stream output, ReadOnlySpan<byte> line)
    {
        try
        {
            output.Write(line);
            output.Flush();
        }
        catch (IOException)
        {
            // There is nowhere left to say it.
        }
    }
}
