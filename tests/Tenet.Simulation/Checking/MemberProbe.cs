using Tenet.Foundation;
using Tenet.Raft;
using Tenet.Raft.Log;
using Tenet.Server;
using Tenet.State.Mvcc;

namespace Tenet.Simulation.Checking;

/// <summary>Looks into a member that is opened without threads.</summary>
internal sealed class MemberProbe(Member member, int life) : IMemberProbe
{
    private readonly EntryLog _log = member.Engine.Node.Core.Log;
    private readonly RaftNode _node = member.Engine.Node;

    public ulong Id => _node.Id;

    public int Life => life;

    public ulong Term => _node.Term;

    public ulong Vote => _node.Core.Vote;

    public RaftRole Role => _node.Role;

    public ulong Commit => _node.Commit;

    public ulong Applied => member.Engine.Core.State.AppliedIndex;

    public ulong FirstIndex => _log.FirstIndex;

    public ulong LastIndex => _log.LastIndex;

    public long Revision => member.Engine.Core.Store.CurrentRevision;

    public ulong TermAt(ulong index)
    {
        Invariant.That(_log.Term(index, out ulong term) == LogRead.Found, $"member {Id:x} has no term for index {index}");
        return term;
    }

    public Entry EntryAt(ulong index)
    {
        Invariant.That(
            _log.Slice(index, index + 1, ulong.MaxValue, out Entry[] entries) == LogRead.Found && entries.Length == 1, $"member {Id:x} has no entry {index}");
        return entries[0];
    }

    public (uint Hash, long CompactRevision)? HashAt(long revision)
    {
        Outcome<HashKvResult> result = member.Engine.Core.Store.HashKv(revision);
        return result.IsRefused ? null : (result.Response.Hash, result.Response.CompactRevision);
    }
}
