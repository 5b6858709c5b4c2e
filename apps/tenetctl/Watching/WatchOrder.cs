using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Watching;

/// <summary>What is to be watched, and the command that each event is to run; none if it is empty.</summary>
internal sealed record WatchOrder(WatchCreateRequest Request, IReadOnlyList<string> Command)
{
    private const string BadNumber = "bad number of arguments";

    /// <summary>From arguments, or from variables in their place.</summary>
    /// <exception cref="CommandException">The arguments are too few, or contradict the variables or flags.</exception>
    public static WatchOrder Of(WatchFlags flags, ParsedArguments words, WatchVariables variables)
    {
        IReadOnlyList<string> keys = words.Arguments;
        IReadOnlyList<string> command = [];
        if (words.BeforeDash is { } before)
        {
            command = [.. keys.Skip(before)];
            keys = [.. keys.Take(before)];
            if (command.Count == 0)
                throw Refused($"{BadNumber} (found separator --, but no commands)");
        }
        if (variables.Key.Length > 0)
        {
            if (keys.Count > 0)
                throw Refused($"{BadNumber} (found conflicting environment key)");
            keys = variables.RangeEnd.Length > 0 ? [variables.Key, variables.RangeEnd] : [variables.Key];
        }
        if (keys.Count == 0)
            throw Refused(BadNumber);
        if (keys.Count == 2 && flags.Prefix.Value)
            throw Refused("`range_end` and `--prefix` are mutually exclusive");
        // More than two words are one key and words that nobody reads, as in etcd's tool.
        (Google.Protobuf.ByteString key, Google.Protobuf.ByteString end) = KeyRanges.Of(keys.Count == 2 ? keys : [keys[0]], flags.Prefix.Value, false);
        return new(
            new()
            {
                Key = key,
                RangeEnd = end,
                StartRevision = flags.Revision.Value,
                PrevKv = flags.PreviousPairs.Value,
                ProgressNotify = flags.ProgressNotify.Value,
            },
            command);
    }

    private static CommandException Refused(string why) => new(ExitCode.BadArguments, why);
}
