using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>The flags of <c>del</c>.</summary>
internal sealed class DeleteFlags(FlagSet flags)
{
    public Flag<bool> Prefix { get; } = flags.Switch("prefix", false, "delete keys with matching prefix");

    public Flag<bool> PreviousPairs { get; } = flags.Switch("prev-kv", false, "return deleted key-value pairs");

    public Flag<bool> FromKey { get; } = flags.Switch("from-key", false, "delete keys that are greater than or equal to the given key using byte compare");

    public Flag<bool> Range { get; } = flags.Switch("range", false, "delete range of keys");
}
