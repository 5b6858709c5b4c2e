using Tenet.Raft;
using Tenet.State.Backends;

namespace Tenet.Server.Loops;

/// <summary>What the commit loop is asked to do. Each has one meaning.</summary>
internal abstract record CommitJob
{
    /// <summary>A batch to be made durable, and what waits for that.</summary>
    /// <param name="Batch">The batch; null if everything is committed already.</param>
    /// <param name="Waiters">Callers that forced the commit.</param>
    /// <param name="Snapshot">A Raft snapshot of exactly the batch's last entry, to be written when the batch is durable.</param>
    /// <param name="ForFollowers">Messages whose snapshot is of exactly the batch's last entry, to be sent with the database when the batch is durable.</param>
    public sealed record Commit(
        SealedBatch? Batch, IReadOnlyList<TaskCompletionSource> Waiters, Snapshot? Snapshot, IReadOnlyList<InstallSnapshot> ForFollowers) : CommitJob;
}
