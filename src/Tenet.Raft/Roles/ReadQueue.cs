using System.Buffers.Binary;
using Tenet.Raft.Quorum;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Roles;

/// <summary>
/// Read requests that wait until a quorum has confirmed the leader (contract/consensus.md, 1.10). Requests are counted through a
/// leadership; a heartbeat carries the count at which it was sent, and who echoes it confirms every request up to there.
/// </summary>
internal sealed class ReadQueue
{
    private readonly Queue<(ReadIndexRequest Request, ulong Index)> _unconfirmed = new();
    private ulong _confirmed;

    private ulong Position => _confirmed + (ulong)_unconfirmed.Count;

    /// <summary>Queues a request that is to be answered with this index.</summary>
    public void Add(ReadIndexRequest request, ulong index) => _unconfirmed.Enqueue((request, index));

    /// <summary>What a heartbeat carries: empty if no request waits.</summary>
    public ReadOnlyMemory<byte> HeartbeatContext()
    {
        if (_unconfirmed.Count == 0)
            return default;
        byte[] context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(context, Position);
        return context;
    }

    /// <summary>The leader has always confirmed itself.</summary>
    public void Acknowledge(Progress self) => self.ReadPosition = Position;

    /// <summary>A member has echoed the context of a heartbeat. One that this leader cannot have sent says nothing.</summary>
    public void Acknowledge(Progress member, ReadOnlySpan<byte> context)
    {
        if (context.Length < sizeof(ulong))
            return;
        ulong position = BinaryPrimitives.ReadUInt64LittleEndian(context);
        if (position <= Position)
            member.ReadPosition = Math.Max(member.ReadPosition, position);
    }

    /// <summary>Takes the oldest request if a quorum has confirmed it.</summary>
    public bool TryTakeConfirmed(JointVoters voters, ProgressMap members, out (ReadIndexRequest Request, ulong Index) read)
    {
        read = default;
        if (_unconfirmed.Count == 0 || voters.CommittedIndex(new ReadPositions(members)) <= _confirmed)
            return false;
        read = _unconfirmed.Dequeue();
        _confirmed++;
        return true;
    }
}
