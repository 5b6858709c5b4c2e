using Tenet.CommandLine;

namespace Tenet.Ctl.Watching;

/// <summary>The flags of <c>watch</c>, on the command line and on a line that is typed in.</summary>
internal sealed class WatchFlags(FlagSet flags)
{
    public Flag<bool> Interactive { get; } = flags.Switch("interactive", 'i', false, "Interactive mode");

    public Flag<bool> Prefix { get; } = flags.Switch("prefix", false, "Watch on a prefix if prefix is set");

    public Flag<long> Revision { get; } = flags.Integer("rev", 0, "Revision to start watching");

    public Flag<bool> PreviousPairs { get; } = flags.Switch("prev-kv", false, "get the previous key-value pair before the event happens");

    public Flag<bool> ProgressNotify { get; } = flags.Switch("progress-notify", false, "get periodic watch progress notification from server");
}
