using Tenet.State.Mvcc;

namespace Tenet.Server.Maintenance;

/// <summary>What follows when members compare the hashes of the same history.</summary>
/// <param name="Compared">Other members whose hash could be compared.</param>
/// <param name="Agreeing">Members with this member's hash, itself included.</param>
/// <param name="Divergent">Members whose hash is not that of the majority, ascending; 0 alone if they differ and no hash has a majority; empty if all agree.</param>
internal sealed record HashVerdict(int Compared, int Agreeing, IReadOnlyList<ulong> Divergent)
{
    /// <summary>
    /// Hashes are comparable only if they cover the same revisions: up to the same one, after the same compaction. Members before 3.6 do not
    /// say up to which they hashed; it is the one that they were asked for, or they would have refused.
    /// </summary>
    public static bool IsComparable(HashKvResult own, HashAnswer answer) =>
        answer.Hash is { } hash && hash.CompactRevision == own.CompactRevision && (hash.HashRevision == 0 || hash.HashRevision == own.Revision);

    /// <param name="self">This member.</param>
    /// <param name="own">Its hash.</param>
    /// <param name="answers">What each of the others said.</param>
    public static HashVerdict Of(ulong self, HashKvResult own, IReadOnlyList<HashAnswer> answers)
    {
        var byHash = new SortedDictionary<uint, List<ulong>> { [own.Hash] = [self] };
        int compared = 0;
        foreach (HashAnswer answer in answers)
        {
            if (!IsComparable(own, answer))
                continue;
            compared++;
            uint hash = answer.Hash!.Hash;
            if (!byHash.TryGetValue(hash, out List<ulong>? members))
                byHash.Add(hash, members = []);
            members.Add(answer.Member.Id);
        }

        int agreeing = byHash[own.Hash].Count;
        if (byHash.Count == 1)
            return new HashVerdict(compared, agreeing, []);

        int quorum = (answers.Count + 1) / 2 + 1;
        IEnumerable<ulong> divergent = byHash.Values.Any(members => members.Count >= quorum)
            ? byHash.Values.Where(members => members.Count < quorum).SelectMany(static members => members).Order()
            : [0];
        return new HashVerdict(compared, agreeing, [.. divergent]);
    }
}
