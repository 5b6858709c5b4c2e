using Tenet.Foundation;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Roles;

/// <summary>Sends a leader's log to the others, as much as their windows allow (contract/consensus.md, 1.5.1 and 1.6).</summary>
internal sealed class Replicator(RaftCore core)
{
    /// <summary>Appends for everybody, even if there is nothing to tell but the commit index.</summary>
    public void Broadcast() => ForOthers(sendIfEmpty: true);

    /// <summary>Appends for everybody who lacks entries.</summary>
    public void BroadcastMissing() => ForOthers(sendIfEmpty: false);

    /// <summary>Heartbeats for everybody.</summary>
    public void BroadcastHeartbeat(ReadOnlyMemory<byte> context)
    {
        for (int i = 0; i < core.Members.Count; i++)
        {
            (ulong id, Progress progress) = core.Members.At(i);
            if (id == core.Id)
                continue;
            // Not beyond what the member is known to hold: it could not tell its own entries from others at those indexes.
            ulong commit = Math.Min(progress.Match, core.Log.Committed);
            core.Send(new Heartbeat(id, core.Id, core.Term, commit, context));
            progress.SentCommit(commit);
        }
    }

    /// <summary>
    /// Sends the next entries, or a snapshot if they are gone; without entries only if <paramref name="sendIfEmpty"/>. False if nothing
    /// went.
    /// </summary>
    public bool TrySend(ulong to, Progress progress, bool sendIfEmpty)
    {
        if (progress.IsPaused)
            return false;
        ulong previous = progress.Next - 1;
        if (core.Log.Term(previous, out ulong previousTerm) != LogRead.Found)
            return TrySendSnapshot(to, progress);

        // With a full window an append goes without entries: should everything under way have been lost, its answer opens the window again.
        Entry[] entries = [];
        LogRead read = progress.State == ProgressState.Replicate && progress.IsWindowFull
            ? LogRead.Found
            : core.Log.Entries(progress.Next, core.Options.MessageBytesMax, out entries);
        if (entries.Length == 0 && !sendIfEmpty)
            return false;
        if (read != LogRead.Found)
            return TrySendSnapshot(to, progress);
        core.Send(new AppendEntries(to, core.Id, core.Term, previousTerm, previous, entries, core.Log.Committed));
        progress.Sent(entries.Length, PayloadBytes(entries));
        progress.SentCommit(core.Log.Committed);
        return true;
    }

    /// <summary>Bytes of the entries' data alone.</summary>
    public static ulong PayloadBytes(ReadOnlySpan<Entry> entries)
    {
        ulong bytes = 0;
        foreach (ref readonly Entry entry in entries)
            bytes += (ulong)entry.Data.Length;
        return bytes;
    }

    private void ForOthers(bool sendIfEmpty)
    {
        for (int i = 0; i < core.Members.Count; i++)
        {
            (ulong id, Progress progress) = core.Members.At(i);
            if (id != core.Id)
                TrySend(id, progress, sendIfEmpty);
        }
    }

    private bool TrySendSnapshot(ulong to, Progress progress)
    {
        if (!progress.RecentActive)
        {
            core.Debug($"ignore sending snapshot to {to:x} since it is not recently active");
            return false;
        }
        if (core.Log.Snapshot() is not { } snapshot)
        {
            core.Debug($"{core.Id:x} failed to send snapshot to {to:x} because snapshot is temporarily unavailable");
            return false;
        }
        Invariant.That(!snapshot.IsEmpty, $"need non-empty snapshot");
        core.Debug(
            $"{core.Id:x} [firstindex: {core.Log.FirstIndex}, commit: {core.Log.Committed}] sent snapshot[index: {snapshot.Index}, "
            + $"term: {snapshot.Term}] to {to:x} [{progress}]");
        progress.BecomeSnapshot(snapshot.Index);
        core.Debug($"{core.Id:x} paused sending replication messages to {to:x} [{progress}]");
        core.Send(new InstallSnapshot(to, core.Id, core.Term, snapshot));
        return true;
    }
}
