using System.Globalization;
using System.Text;
using Tenet.Raft.Quorum;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>The commands of the quorum files (contract/consensus.md, 2.7).</summary>
internal static class QuorumCommands
{
    public static string Handle(Directive directive)
    {
        MemberSet incoming = Ids(directive.Find("cfg"));
        Argument? second = directive.Find("cfgj");
        MemberSet outgoing = second is { Values: ["zero"] } ? MemberSet.Empty : Ids(second);
        string[] given = [.. (directive.Find(directive.Command == "vote" ? "votes" : "idx")?.Values ?? [])];
        List<ulong> order = [];
        foreach (string id in (directive.Find("cfg")?.Values ?? []).Concat(second is { Values: not ["zero"] } ? second.Values : []))
        {
            if (!order.Contains(Argument.Parse(id)))
                order.Add(Argument.Parse(id));
        }
        if (order.Count != given.Length)
        {
            string voters = string.Join(' ', incoming.Union(outgoing).Select(id => $"{id}:{{}}"));
            return $"error: mismatched input (explicit or _) for voters map[{voters}]: [{string.Join(' ', given)}]";
        }
        SortedDictionary<ulong, string> known = [];
        for (int i = 0; i < given.Length; i++)
        {
            if (given[i] != "_")
                known[order[i]] = given[i];
        }
        var both = new JointVoters(incoming, outgoing);
        return directive.Command switch
        {
            "committed" => Committed(second is null ? incoming : both.All, second is null ? new(incoming, MemberSet.Empty) : both, known),
            "vote" => $"Vote{both.Vote(new Votes(known))}\n",
            _ => "unknown command",
        };
    }

    private static MemberSet Ids(Argument? argument) => MemberSet.Of([.. (argument?.Values ?? []).Select(Argument.Parse)]);

    private static string Committed(MemberSet described, JointVoters voters, SortedDictionary<ulong, string> known)
    {
        var indexes = new Indexes(known.ToDictionary(pair => pair.Key, pair => Argument.Parse(pair.Value)));
        ulong committed = voters.CommittedIndex(indexes);
        string result = committed == ulong.MaxValue ? "∞" : committed.ToString(CultureInfo.InvariantCulture);
        return Describe(described, indexes.Known) + result + "\n";
    }

    private static string Describe(MemberSet voters, Dictionary<ulong, ulong> known)
    {
        if (voters.Count == 0)
            return "<empty majority quorum>";
        int count = voters.Count;
        var text = new StringBuilder().Append(' ', count).Append("    idx\n");
        foreach (ulong id in voters)
        {
            bool isKnown = known.TryGetValue(id, out ulong index);
            if (isKnown)
            {
                int bar = voters.Count(other => known.GetValueOrDefault(other) < index);
                text.Append('x', bar).Append('>').Append(' ', count - bar);
            }
            else
            {
                text.Append('?').Append(' ', count);
            }
            text.Append(CultureInfo.InvariantCulture, $" {index,5}    (id={id:x})\n");
        }
        return text.ToString();
    }

    private sealed class Indexes(Dictionary<ulong, ulong> known) : IAcknowledgements
    {
        public Dictionary<ulong, ulong> Known => known;

        public ulong Of(ulong voter) => known.GetValueOrDefault(voter);
    }

    private sealed class Votes(SortedDictionary<ulong, string> known) : IBallots
    {
        public bool? Of(ulong voter) => known.TryGetValue(voter, out string? vote) ? vote == "y" : null;
    }
}
