using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// Takes out of an outcome what may differ between two tools or servers that behave alike. The list is the contract: whatever is not on it
/// must be equal to the letter, or be accepted in the scene.
/// </summary>
internal sealed partial class Masks(string endpoint, string scratch)
{
    private readonly List<string> _leases = [];
    private readonly List<string> _members = [];

    /// <summary>Puts what was drawn or chosen into a step, where it is named.</summary>
    public string Fill(string line)
    {
        for (int i = 0; i < _leases.Count; i++)
            line = line.Replace($"$LEASE{i}", _leases[i], StringComparison.Ordinal);
        for (int i = 0; i < _members.Count; i++)
            line = line.Replace($"$MEMBER{i}", _members[i], StringComparison.Ordinal);
        return line.Replace("$DIR", scratch, StringComparison.Ordinal).Replace("$ENDPOINT", endpoint, StringComparison.Ordinal);
    }

    public string Apply(string text)
    {
        Note(text);
        text = Help.Summarise(text);
        text = text.Replace("tenetctl", "etcdctl", StringComparison.Ordinal).Replace("tenetutl", "etcdutl", StringComparison.Ordinal);
        text = text.Replace(endpoint, "ENDPOINT", StringComparison.Ordinal).Replace(scratch, "SCRATCH", StringComparison.Ordinal);
        text = Hide(text, _leases, "LEASE");
        text = Padding().Replace(Hide(text, _members, "MEMBER"), "Member ");
        text = EncodedKey().Replace(text, match => LeaseKey().IsMatch(Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value))) ? "\"key\":\"MASKED\"" : match.Value); // of a lock: ends with its lease
        text = RetryLog().Replace(text, "");                      // of the client library, one a failed attempt: addresses in memory
        text = JsonLog().Replace(text, "(log $1 $2)");            // times, places in the source, and what both hold
        text = ConsoleLog().Replace(text, "(log $1 $2)");
        text = JsonNumbers().Replace(text, "\"$1\":MASKED");      // sizes, raft indexes and the term
        text = FieldNumbers().Replace(text, "\"$1\" : MASKED");   // the same in -w fields
        text = Version().Replace(text, "VERSION");                // of the programs
        text = Size().Replace(text, "SIZE");
        text = Share().Replace(text, "SHARE");
        text = SnapshotHash().Replace(text, "HASH");              // of a database file, which is not the same for both
        text = Terminal().Replace(text, "");                      // real etcdctl has another program turn the echo off
        text = NoErrors().Replace(text, "");                      // where there was nothing else
        text = StatusLine().Replace(text, ", TERM, INDEX, INDEX, ");
        text = Took().Replace(text, "$1TIME");                    // durations
        text = KeptAlive().Replace(text, "$1");                   // as often as there was time for
        text = Remaining().Replace(text, "remaining(TIME)");      // of a lease
        text = JsonTtl().Replace(text, "\"ttl\":TIME");
        text = FieldTtl().Replace(text, "\"TTL\" : TIME");
        text = MemberLines().Replace(text, match => string.Concat(Ordered(match, "\n").Select(line => line + "\n"))); // by ids that were drawn
        text = MemberObjects().Replace(text, match => string.Join("},{", Ordered(match, "},{")));
        text = InitialCluster().Replace(text, match => string.Join(',', Ordered(match, ",")));
        text = AttachedKeys().Replace(text, match => string.Join(' ', Ordered(match, " ", ","))); // etcd keeps them in a map: any order
        return TableLine().Replace(text, Narrowed);               // columns are as wide as what was masked
    }

    private static string Hide(string text, List<string> identifiers, string name)
    {
        // Drawn by the server, printed in hexadecimal or decimal.
        for (int i = 0; i < identifiers.Count; i++)
        {
            ulong id = ulong.Parse(identifiers[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            text = text.Replace(identifiers[i], $"{name}{i}", StringComparison.Ordinal)
                .Replace(id.ToString("x", CultureInfo.InvariantCulture), $"{name}{i}", StringComparison.Ordinal)
                .Replace(id.ToString(CultureInfo.InvariantCulture), $"{name}{i}", StringComparison.Ordinal);
        }
        return text;
    }

    private static IEnumerable<string> Ordered(Match match, params string[] separators) =>
        match.Value.Split(separators, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    private static string Narrowed(Match match) =>
        match.Value.Contains("ENDPOINT ", StringComparison.Ordinal) || match.Value.Contains("SIZE", StringComparison.Ordinal) ? Blanks().Replace(Rule().Replace(TableCell().Replace(match.Value, "$1MASKED$3"), "─"), " ") : match.Value;

    private void Note(string text)
    {
        foreach (Match match in Granted().Matches(text))
            Note(_leases, match.Groups[1].Value);
        foreach (Match match in GrantedAsNumber().Matches(text))
            Note(_leases, long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture).ToString("x16", CultureInfo.InvariantCulture));
        foreach (Match match in Added().Matches(text))
            Note(_members, match.Groups[1].Value);
        foreach (Match match in AddedAsNumber().Matches(text))
            Note(_members, ulong.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture).ToString("x16", CultureInfo.InvariantCulture));
    }

    private static void Note(List<string> identifiers, string identifier)
    {
        if (!identifiers.Contains(identifier))
            identifiers.Add(identifier);
    }

    [GeneratedRegex("(?:lease |^.*/(?=[0-9a-f]{14,16}\"?$))([0-9a-f]{10,16})(?= granted|\"?$)", RegexOptions.Multiline)]
    private static partial Regex Granted();

    [GeneratedRegex("\"(?:ID|id|lease)\" ?: ?([0-9]{10,})(?=,\"TTL\"|\n\"TTL\"|\\})")]
    private static partial Regex GrantedAsNumber();

    [GeneratedRegex("Member +(?=MEMBER)")]
    private static partial Regex Padding();

    [GeneratedRegex("\"key\":\"([^\"]+)\"")]
    private static partial Regex EncodedKey();

    [GeneratedRegex("/[0-9a-f]{13,16}$")]
    private static partial Regex LeaseKey();

    [GeneratedRegex("(?:Member +|\"member\":{\"ID\":\")([0-9a-f]{10,16})(?= added|\")")]
    private static partial Regex Added();

    [GeneratedRegex("\"member\":{\"ID\":([0-9]+)")]
    private static partial Regex AddedAsNumber();

    [GeneratedRegex("\"(dbSize|dbSizeInUse|dbSizeQuota|raftIndex|raftAppliedIndex|raftTerm|raft_term|totalSize|hash(?=\":[0-9]+,\"revision\"))\":[0-9]+")]
    private static partial Regex JsonNumbers();

    [GeneratedRegex("\"(DBSize|DBSizeInUse|DBSizeQuota|RaftIndex|RaftTerm|RaftAppliedIndex|Size|Hash(?=\" : [0-9]+\n\"Revision\"))\" : [0-9]+")]
    private static partial Regex FieldNumbers();

    [GeneratedRegex("\\b3\\.[0-9]+\\.[0-9]+\\b")]
    private static partial Regex Version();

    [GeneratedRegex("\\b[0-9.]+ [kMG]?B\\b")]
    private static partial Regex Size();

    [GeneratedRegex("\\b[0-9]+%")]
    private static partial Regex Share();

    [GeneratedRegex("(?<=(?:true|false)), [0-9]+, [0-9]+, [0-9]+, ")]
    private static partial Regex StatusLine();

    [GeneratedRegex("^[0-9a-f]{6,8}(?=, [0-9]+, [0-9]+, SIZE)", RegexOptions.Multiline)]
    private static partial Regex SnapshotHash();

    [GeneratedRegex("^stty: .*\n", RegexOptions.Multiline)]
    private static partial Regex Terminal();

    [GeneratedRegex("(took =? ?|\"took\":\"|\"Took\" : |│ +)[0-9.]+(?:µs|ms|s)")]
    private static partial Regex Took();

    [GeneratedRegex("(?<=attached keys\\(\\[)[^\\]]+|(?<=\"keys\":\\[)[^\\]]+")]
    private static partial Regex AttachedKeys();

    [GeneratedRegex("(?:^(?:MEMBER[0-9]|[0-9a-f]{16}), (?:un)?started, .*\n){2,}", RegexOptions.Multiline)]
    private static partial Regex MemberLines();

    [GeneratedRegex("(?<=\"members\":\\[\\{)[^\n]*(?=\\}\\])")]
    private static partial Regex MemberObjects();

    [GeneratedRegex("(?<=ETCD_INITIAL_CLUSTER=\").*(?=\")")]
    private static partial Regex InitialCluster();

    [GeneratedRegex("^(lease [0-9A-Z]+ keepalived with TTL\\([0-9]+\\)\n)\\1+", RegexOptions.Multiline)]
    private static partial Regex KeptAlive();

    [GeneratedRegex("remaining\\([0-9]+s\\)")]
    private static partial Regex Remaining();

    [GeneratedRegex("\"ttl\":[0-9]+")]
    private static partial Regex JsonTtl();

    [GeneratedRegex("\"TTL\" : [0-9]+(?=\n\"GrantedTTL\")")]
    private static partial Regex FieldTtl();

    [GeneratedRegex("^\\{\"level\":\"warn\".*(?:retrying of unary invoker failed|error while sending keep alive|auto sync endpoints).*\\}\n", RegexOptions.Multiline)]
    private static partial Regex RetryLog();

    [GeneratedRegex("^-- errors\n\\z", RegexOptions.Multiline)]
    private static partial Regex NoErrors();

    [GeneratedRegex("^\\{\"level\":\"([a-z]+)\".*\"msg\":\"([^\"]*)\".*\\}$", RegexOptions.Multiline)]
    private static partial Regex JsonLog();

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[^\t]+\t([a-z]+)\t(?:[^\t\n]+\\.[a-z]+:[0-9]+\t|[a-z]+\t)?([^\t\n]*)[^\n]*$", RegexOptions.Multiline)]
    private static partial Regex ConsoleLog();

    [GeneratedRegex("(?:^[┌├│└].*\n)+", RegexOptions.Multiline)]
    private static partial Regex TableLine();

    [GeneratedRegex("(?<=false │)( +)([0-9]+)( +)(?=│)|(?<=│)( +)[0-9]{6,}( +)(?=│)")]
    private static partial Regex TableCell();

    [GeneratedRegex("─+")]
    private static partial Regex Rule();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
