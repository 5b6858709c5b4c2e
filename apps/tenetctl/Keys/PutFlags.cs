using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>The flags of <c>put</c>.</summary>
internal sealed class PutFlags(FlagSet flags)
{
    public Flag<string> Lease { get; } = flags.Text("lease", "0", "lease ID (in hexadecimal) to attach to the key");

    public Flag<bool> PreviousPair { get; } = flags.Switch("prev-kv", false, "return the previous key-value pair before modification");

    public Flag<bool> IgnoreValue { get; } = flags.Switch("ignore-value", false, "updates the key using its current value");

    public Flag<bool> IgnoreLease { get; } = flags.Switch("ignore-lease", false, "updates the key using its current lease");
}
