namespace Tenet.Raft.Tests.Models;

/// <summary>What a cluster as a whole has shown so far, and what must never be seen after that.</summary>
internal sealed class ClusterHistory
{
    private readonly Dictionary<ulong, ulong> _leaders = [];
    private readonly SortedDictionary<ulong, (Entry Entry, ulong Chain)> _applied = [];

    /// <summary>The highest index that any member has applied.</summary>
    public ulong Applied { get; private set; }

    public int Leaders => _leaders.Count;

    /// <summary>
    /// State machine safety: an index is applied with the same content everywhere. Returns the hash of everything up to it.
    /// </summary>
    public ulong OnApplied(Entry entry, ulong chainBefore)
    {
        ulong chain = (chainBefore ^ entry.Term) * 0x9e3779b97f4a7c15 + (ulong)entry.Type;
        foreach (byte value in entry.Data.Span)
            chain = (chain ^ value) * 0x100000001b3;
        if (_applied.TryGetValue(entry.Index, out (Entry Entry, ulong Chain) known))
        {
            Assert.Equal(known.Entry, entry);
            Assert.Equal(known.Chain, chain);
            return chain;
        }
        _applied.Add(entry.Index, (entry, chain));
        Applied = Math.Max(Applied, entry.Index);
        return chain;
    }

    public void OnSnapshotApplied(ulong index, ulong chain)
    {
        if (_applied.TryGetValue(index, out (Entry Entry, ulong Chain) known))
            Assert.Equal(known.Chain, chain);
    }

    /// <summary>Election safety and leader completeness.</summary>
    public void OnLeader(RaftNode leader)
    {
        if (!_leaders.TryAdd(leader.Term, leader.Id))
        {
            Assert.True(_leaders[leader.Term] == leader.Id, $"two leaders in term {leader.Term}");
            return;
        }
        Assert.True(leader.LastIndex >= Applied, $"leader {leader.Id} of term {leader.Term} lacks entries up to {Applied}");
        foreach ((ulong index, (Entry entry, _)) in _applied)
        {
            if (index >= leader.Core.Log.FirstIndex)
                Assert.Equal(entry.Term, leader.Core.Log.TermOrZero(index));
        }
    }

    /// <summary>Log matching: where two logs have the same term at an index, they are the same up to there.</summary>
    public static void CheckLogs(RaftNode left, RaftNode right)
    {
        ulong low = Math.Max(left.Core.Log.FirstIndex, right.Core.Log.FirstIndex);
        ulong index = Math.Min(left.LastIndex, right.LastIndex);
        while (index >= low && left.Core.Log.TermOrZero(index) != right.Core.Log.TermOrZero(index))
            index--;
        if (index < low)
            return;
        left.Core.Log.Slice(low, index + 1, ulong.MaxValue, out Entry[] ours);
        right.Core.Log.Slice(low, index + 1, ulong.MaxValue, out Entry[] theirs);
        Assert.Equal(ours, theirs);
    }
}
