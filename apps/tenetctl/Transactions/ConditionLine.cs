using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Transactions;

/// <summary>A condition of a transaction: <c>target("key") operator "value"</c>.</summary>
internal static class ConditionLine
{
    /// <exception cref="CommandException">The line is no condition.</exception>
    public static Compare Parse(string line)
    {
        int bracket = line.IndexOf('(', StringComparison.Ordinal);
        if (bracket < 0)
            throw Malformed(line);
        string target = line[..bracket];
        if (!Split(line.AsSpan(bracket + 1), out string key, out string comparison, out string value))
            throw Malformed($"{line}; got {target}({GoQuote.Text(key)}) {comparison} {GoQuote.Text(value)}");
        Compare compare = new() { Key = Bytes.Of(key) };
        switch (target)
        {
            case "ver" or "version":
                compare.Target = Compare.Types.CompareTarget.Version;
                compare.Version = Number(line, value, 10);
                break;
            case "c" or "create":
                compare.Target = Compare.Types.CompareTarget.Create;
                compare.CreateRevision = Number(line, value, 10);
                break;
            case "m" or "mod":
                compare.Target = Compare.Types.CompareTarget.Mod;
                compare.ModRevision = Number(line, value, 10);
                break;
            case "val" or "value":
                compare.Target = Compare.Types.CompareTarget.Value;
                compare.Value = Bytes.Of(value);
                break;
            case "lease":
                compare.Target = Compare.Types.CompareTarget.Lease;
                compare.Lease = Number(line, value, 16);
                break;
            default:
                throw Malformed($"{line} (unknown target {target})");
        }
        compare.Result = comparison switch
        {
            "=" => Compare.Types.CompareResult.Equal,
            "!=" => Compare.Types.CompareResult.NotEqual,
            ">" => Compare.Types.CompareResult.Greater,
            "<" => Compare.Types.CompareResult.Less,
            _ => throw Malformed($"{line} (unknown operator {comparison})"),
        };
        return compare;
    }

    /// <summary>What follows the bracket; as much as can be read is handed out even if the rest cannot.</summary>
    private static bool Split(ReadOnlySpan<char> rest, out string key, out string comparison, out string value)
    {
        comparison = value = "";
        rest = rest.TrimStart();
        if (!GoUnquote.TryRead(rest, out key, out int length) || rest[length..] is not [')', ' ' or '\t', ..])
            return false;
        rest = rest[(length + 1)..].TrimStart();
        int blank = rest.IndexOfAny(' ', '\t');
        comparison = (blank < 0 ? rest : rest[..blank]).ToString();
        return blank > 0 && GoUnquote.TryRead(rest[blank..].TrimStart(), out value, out _);
    }

    private static long Number(string line, string value, int radix) => GoParse.TrySigned(value, radix, out long number, out _)
        ? number
        : throw new CommandException(ExitCode.InvalidInput, $"invalid txn compare request: {line}");

    private static CommandException Malformed(string what) => new(ExitCode.InvalidInput, $"malformed comparison: {what}");
}
