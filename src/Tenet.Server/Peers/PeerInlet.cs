using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Raft;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Peers;

/// <summary>What comes from the peers for Raft, and the transport's reports (contract/consensus.md, 4.5, 4.6 and 4.10). Any thread.</summary>
internal sealed class PeerInlet(MemberSeams seams, EngineState state, MemberStore members, ConsensusInbox consensus, SnapshotFiles snapshots, ulong memberId, MemberMetrics metrics)
{
    /// <summary>Databases that may arrive at once. One leader sends one at a time; others come from leaders that were deposed meanwhile.</summary>
    private const int ReceivingMax = 4;

    /// <summary>Reports that a member cannot be reached that may wait: one for each member would do.</summary>
    private const int UnreachableMax = 1_024;

    private int _receiving;

    /// <summary>Takes a message.</summary>
    /// <returns>Null, or why not.</returns>
    public string? Receive(Message message)
    {
        if (Refusal(message) is { } refusal)
            return refusal;
        if (message is InstallSnapshot)
            return "a snapshot comes with its database";
        return consensus.TryPost(message) ? null : "too many messages wait";
    }

    /// <summary>Begins to take a snapshot.</summary>
    /// <exception cref="RefusalException">It is not for this member, or too many arrive.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public IncomingSnapshot Receive(InstallSnapshot message)
    {
        if (Refusal(message) is { } refusal)
            throw new EtcdError(StatusCode.Unknown, refusal).ToException();
        if (message.Snapshot.IsEmpty)
            throw new EtcdError(StatusCode.Unknown, "the snapshot is empty").ToException();
        if (Interlocked.Increment(ref _receiving) > ReceivingMax)
        {
            Interlocked.Decrement(ref _receiving);
            throw new EtcdError(StatusCode.Unknown, "too many snapshots arrive").ToException();
        }

        try
        {
            return new Arrival(this, message, snapshots.ReceiveDatabase(message.Snapshot.Index));
        }
        catch
        {
            Interlocked.Decrement(ref _receiving);
            throw;
        }
    }

    /// <summary>A message to a member was dropped.</summary>
    public void ReportUnreachable(ulong id)
    {
        if (consensus.Reports.Count < UnreachableMax)
            consensus.Reports.TryPost(new PeerReport.Unreachable(id));
    }

    /// <summary>The process of a member has ended.</summary>
    public void ReportGone(ulong id) => consensus.Reports.TryPost(new PeerReport.Gone(id));

    /// <summary>A snapshot's transfer has ended.</summary>
    public void ReportSnapshot(ulong id, bool delivered) => consensus.Reports.TryPost(new PeerReport.SnapshotEnded(id, delivered));

    /// <summary>A peer says that this member was removed.</summary>
    public void ReportRemoved() => consensus.Reports.TryPost(new PeerReport.SelfRemoved());

    private void Take(InstallSnapshot message, long bytes)
    {
        seams.Log.Info(
            "received and saved database snapshot",
            new LogField("from", Hex(message.From)),
            new LogField("snapshot-index", message.Snapshot.Index),
            new LogField("bytes", bytes));
        if (!consensus.TryPost(message))
            throw new IOException("too many messages wait");
    }

    private long Now => seams.Clock.GetTimestamp();

    private void Measure(long startedAt, long receivedAt)
    {
        metrics.ReceivedFsync.Observe(seams.Clock.GetElapsedTime(receivedAt).TotalSeconds);
        metrics.ReceivedSave.Observe(seams.Clock.GetElapsedTime(startedAt).TotalSeconds);
    }

    private string? Refusal(Message message)
    {
        if (members.Current.WasRemoved(message.From))
        {
            seams.Log.Warn(
                "rejected Raft message from removed member",
                new LogField("local-member-id", Hex(memberId)),
                new LogField("removed-member-id", Hex(message.From)));
            return "cannot process message from removed member";
        }

        if (message.To != memberId)
        {
            seams.Log.Warn(
                "rejected Raft message to mismatch member",
                new LogField("local-member-id", Hex(memberId)),
                new LogField("mismatch-member-id", Hex(message.To)));
            return "cannot process message to mismatch member";
        }

        return state.Stopping ? EtcdErrors.Stopped.Message : null;
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    private sealed class Arrival(PeerInlet inlet, InstallSnapshot message, ReceivedDatabase database) : IncomingSnapshot
    {
        private readonly long _startedAt = inlet.Now;
        private bool _disposed;

        public override void Write(ReadOnlySpan<byte> bytes) => database.Write(bytes);

        public override void Complete()
        {
            long receivedAt = inlet.Now;
            database.Complete();
            inlet.Measure(_startedAt, receivedAt);
            inlet.Take(message, database.Length);
        }

        public override void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            database.Dispose();
            Interlocked.Decrement(ref inlet._receiving);
        }
    }
}
