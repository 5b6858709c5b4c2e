using Tenet.Raft;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

/// <summary>A member of which every fact can be set.</summary>
internal sealed class FakeMember(ulong id) : IMemberProbe
{
    public ulong Id => id;

    public int Life { get; set; }

    public ulong Term { get; set; } = 1;

    public ulong Vote { get; set; }

    public RaftRole Role { get; set; } = RaftRole.Follower;

    public ulong Commit { get; set; }

    public ulong Applied { get; set; }

    public ulong FirstIndex { get; set; } = 1;

    public ulong LastIndex => FirstIndex - 1 + (ulong)Log.Count;

    public long Revision { get; set; } = 1;

    public ulong TermBefore { get; set; }

    public List<Entry> Log { get; } = [];

    public ulong TermAt(ulong index) => index < FirstIndex ? TermBefore : EntryAt(index).Term;

    public Entry EntryAt(ulong index) => Log[(int)(index - FirstIndex)];

    public (uint Hash, long CompactRevision)? HashAt(long revision) => (0, -1);

    public FakeMember With(params ulong[] terms)
    {
        Log.Clear();
        foreach (ulong term in terms)
            Log.Add(new Entry(term, FirstIndex + (ulong)Log.Count, EntryType.Normal, new byte[] { (byte)Log.Count }));
        return this;
    }
}
