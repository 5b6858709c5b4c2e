using System.Text;
using Tenet.Foundation.Logging;

namespace Tenet.Simulation.Worlds;

/// <summary>A member's log lines, in the trace if somebody reads it.</summary>
internal sealed class SimLog(World world, string who) : ILog
{
    public bool IsEnabled(LogLevel level) => world.Trace.IsEchoed;

    public void Write(LogLevel level, string? logger, string message, ReadOnlySpan<LogField> fields)
    {
        if (!world.Trace.IsEchoed)
            return;
        var text = new StringBuilder(message);
        foreach (LogField field in fields)
            text.Append(' ').Append(field.Name).Append('=').Append(field.Value);
        world.Trace.Note(world.Now, who, text.ToString());
    }
}
