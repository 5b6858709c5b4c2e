using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Ctl.Keys;

namespace Tenet.Ctl.Users;

/// <summary>The flags by which a permission means more keys than one.</summary>
/// <param name="flags">Where they belong.</param>
/// <param name="verb">What is done with the permission.</param>
internal sealed class PermissionRange(FlagSet flags, string verb)
{
    private const string OneOfBoth = "--from-key and --prefix flags are mutually exclusive";
    private readonly Flag<bool> _prefix = flags.Switch("prefix", false, $"{verb} a prefix permission");
    private readonly Flag<bool> _fromKey = flags.Switch("from-key", false, $"{verb} a permission of keys that are greater than or equal to the given key using byte compare");

    /// <summary>The keys that the arguments mean: a key, and perhaps an end.</summary>
    /// <exception cref="CommandException">Arguments and flags contradict each other.</exception>
    public (ByteString Key, ByteString End) Of(IReadOnlyList<string> arguments)
    {
        bool isOpen = arguments.Count == 1 || arguments[0].Length == 0;
        if (isOpen && _prefix.Value && _fromKey.Value)
            throw new CommandException(ExitCode.BadArguments, OneOfBoth);
        // No key can be empty: all keys begin at the least that there can be.
        if (arguments[0].Length == 0)
            return (KeyRanges.Zero, _prefix.Value || _fromKey.Value ? KeyRanges.Zero : ByteString.Empty);
        if (!isOpen && (_prefix.Value || _fromKey.Value))
            throw new CommandException(ExitCode.BadArguments, $"unexpected endkey argument with --{(_prefix.Value ? _prefix.Name : _fromKey.Name)} flag");
        ByteString key = Bytes.Of(arguments[0]);
        ByteString end = !isOpen ? Bytes.Of(arguments[1])
            : _prefix.Value ? KeyRanges.PrefixEnd(key)
            : _fromKey.Value ? KeyRanges.Zero
            : ByteString.Empty;
        return (key, end);
    }
}
