using Google.Protobuf;
using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>Ranges of keys, as the flags of <c>get</c>, <c>del</c> and <c>watch</c> describe them.</summary>
internal static class KeyRanges
{
    private const string BothFlags = "`--prefix` and `--from-key` cannot be set at the same time, choose one";
    private const string EndBesideFlag = "too many arguments, only accept one argument when `--prefix` or `--from-key` is set";

    /// <summary>The first key there can be; as an end it means that there is none.</summary>
    public static readonly ByteString Zero = ByteString.CopyFrom(0);

    public static void CheckFlags(bool prefix, bool fromKey)
    {
        if (prefix && fromKey)
            throw new CommandException(ExitCode.BadArguments, BothFlags);
    }

    /// <summary>The first key and the end; an empty end means the one key.</summary>
    /// <exception cref="CommandException">Arguments and flags contradict each other.</exception>
    public static (ByteString Key, ByteString End) Of(IReadOnlyList<string> arguments, bool prefix, bool fromKey)
    {
        ByteString key = Bytes.Of(arguments[0]);
        if (arguments.Count > 1)
            return prefix || fromKey ? throw new CommandException(ExitCode.BadArguments, EndBesideFlag) : (key, Bytes.Of(arguments[1]));
        if (prefix)
            return key.IsEmpty ? (Zero, Zero) : (key, PrefixEnd(key));
        return fromKey ? (key.IsEmpty ? Zero : key, Zero) : (key, ByteString.Empty);
    }

    /// <summary>The first key after all that begin so.</summary>
    public static ByteString PrefixEnd(ByteString prefix)
    {
        byte[] end = prefix.ToByteArray();
        for (int last = end.Length - 1; last >= 0; last--)
        {
            if (end[last] < 0xFF)
            {
                end[last]++;
                return ByteString.CopyFrom(end, 0, last + 1);
            }
        }
        return Zero;
    }
}
