using System.Globalization;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Etcdctl;

/// <summary>
/// Takes out of an output what may differ between two servers that behave alike. The list is the contract: whatever is not on it
/// must be equal to the letter.
/// </summary>
internal sealed partial class Masks(ServerProcess server, string scratch)
{
    private readonly List<string> _leases = [];

    /// <summary>The lease ids seen so far, in hexadecimal, by which later steps name them.</summary>
    public IReadOnlyList<string> Leases => _leases;

    public string Apply(string text)
    {
        NoteLeases(text);
        text = text.Replace(server.Endpoint, "ENDPOINT", StringComparison.Ordinal).Replace(scratch, "SCRATCH", StringComparison.Ordinal);
        for (int i = 0; i < _leases.Count; i++)
        {
            // Drawn by the server, printed in hexadecimal or decimal.
            long id = long.Parse(_leases[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            text = text.Replace(_leases[i], $"LEASE{i}", StringComparison.Ordinal)
                .Replace(id.ToString(CultureInfo.InvariantCulture), $"LEASE{i}", StringComparison.Ordinal);
        }
        text = JsonNumbers().Replace(text, "\"$1\":MASKED");      // sizes, raft indexes and the term
        text = JsonVersion().Replace(text, "\"version\":MASKED"); // of the program
        text = FieldNumbers().Replace(text, "\"$1\" : MASKED");   // the same in -w fields
        text = Took().Replace(text, "took = TIME");               // durations
        text = JsonTook().Replace(text, "\"took\":\"TIME\"");
        text = Remaining().Replace(text, "remaining(TIME)");      // of a lease
        text = JsonTtl().Replace(text, "\"ttl\":TIME");
        text = AttachedKeys().Replace(text, Sorted);             // etcd keeps them in a map: any order
        text = ClientLog().Replace(text, "");                     // the client library's own log lines: times, addresses in memory
        return text;
    }

    private static string Sorted(Match match) => string.Join(" ", match.Value.Split(' ', ',').Order(StringComparer.Ordinal));

    private void NoteLeases(string text)
    {
        foreach (Match match in Granted().Matches(text))
            Note(match.Groups[1].Value);
        foreach (Match match in GrantedAsNumber().Matches(text))
            Note(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture).ToString("x16", CultureInfo.InvariantCulture));
    }

    private void Note(string lease)
    {
        if (!_leases.Contains(lease))
            _leases.Add(lease);
    }

    [GeneratedRegex("lease ([0-9a-f]{10,16}) granted")]
    private static partial Regex Granted();

    [GeneratedRegex("\"ID\" ?: ?([0-9]{10,})(?=,\"TTL\"|\n)")]
    private static partial Regex GrantedAsNumber();

    [GeneratedRegex("\"(dbSize|dbSizeInUse|dbSizeQuota|raftIndex|raftAppliedIndex|raftTerm|raft_term|hash|totalSize)\":[0-9]+")]
    private static partial Regex JsonNumbers();

    [GeneratedRegex("\"version\":\"[0-9.]+\"")]
    private static partial Regex JsonVersion();

    [GeneratedRegex("\"(DBSize|DBSizeInUse|RaftIndex|RaftTerm|RaftAppliedIndex|Version|MemberID|ClusterID)\" : \"?[0-9.]+\"?")]
    private static partial Regex FieldNumbers();

    [GeneratedRegex("(?<=attached keys\\(\\[)[^\\]]+|(?<=\"keys\":\\[)[^\\]]+")]
    private static partial Regex AttachedKeys();

    [GeneratedRegex("took = [0-9.]+[a-zµ]+")]
    private static partial Regex Took();

    [GeneratedRegex("\"took\":\"[^\"]+\"")]
    private static partial Regex JsonTook();

    [GeneratedRegex("remaining\\([0-9]+s\\)")]
    private static partial Regex Remaining();

    [GeneratedRegex("\"ttl\":[0-9]+")]
    private static partial Regex JsonTtl();

    [GeneratedRegex("^\\{\"level\":.*\\}\n", RegexOptions.Multiline)]
    private static partial Regex ClientLog();
}
