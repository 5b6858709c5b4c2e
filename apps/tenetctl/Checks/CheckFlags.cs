using Tenet.CommandLine;

namespace Tenet.Ctl.Checks;

/// <summary>The flags of both checks.</summary>
internal sealed class CheckFlags
{
    public CheckFlags(FlagSet flags, string check, string prefix)
    {
        Load = flags.Text("load", "s", $"The {check} check's workload model. {CheckLoad.Usage}");
        Load.Words = CheckLoad.Words;
        Prefix = flags.Text("prefix", prefix, $"The prefix for writing the {check} check's keys.");
        AutoCompact = flags.Switch("auto-compact", false, "Compact storage with last revision after test is finished.");
        AutoDefrag = flags.Switch("auto-defrag", false, "Defragment storage after test is finished.");
    }

    public Flag<string> Load { get; }

    public Flag<string> Prefix { get; }

    public Flag<bool> AutoCompact { get; }

    public Flag<bool> AutoDefrag { get; }
}
