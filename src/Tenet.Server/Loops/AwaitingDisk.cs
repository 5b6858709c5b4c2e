using Tenet.Raft;

namespace Tenet.Server.Loops;

/// <summary>
/// What Raft has handed out before the disk holds what it rests on: answers and requests for votes, which leave when it does, and committed entries that
/// their own append makes durable.
/// </summary>
/// <remarks>Belongs to the consensus loop.</remarks>
internal sealed class AwaitingDisk(RaftNode node, ApplyInbox apply, PeerOutlet outlet)
{
    private readonly List<Message> _leaving = [];

    // Only the bootstrap of a cluster has such entries.
    private readonly Queue<(ulong LastAppended, StorageApply Apply)> _applies = new();

    // Requests for votes leave when the term and the own vote that they speak of are durable. If they did not, others could elect this member
    // before that; the power could fail, and it could be elected in the same term again, with another log.
    private readonly Queue<(StorageAppend Append, Message Request)> _voteRequests = new();

    private ulong _persistedIndex;
    private StorageAppendResponse? _lastStored;

    /// <summary>Keeps a Ready's requests for votes back.</summary>
    /// <returns>The messages that may go out at once.</returns>
    public IReadOnlyList<Message> HoldVoteRequests(Ready ready)
    {
        if (ready.HardState is null)
            return ready.Messages;
        List<Message>? others = null;
        for (int i = 0; i < ready.Messages.Count; i++)
        {
            if (ready.Messages[i] is VoteRequest { PreVote: false } request)
            {
                others ??= [.. ready.Messages.Take(i)];
                _voteRequests.Enqueue((ready.Append!, request));
            }
            else
            {
                others?.Add(ready.Messages[i]);
            }
        }

        return others ?? ready.Messages;
    }

    /// <summary>Passes a Ready's committed entries on to the apply loop, now or when the disk holds them.</summary>
    public void Apply(Ready ready)
    {
        if (ready.Apply is not { } entries)
            return;
        if (ready.Append is { Entries: { Count: > 0 } appended } && entries.Entries[^1].Index >= appended[0].Index)
            _applies.Enqueue((appended[^1].Index, entries));
        else
            apply.Work.TryPost(new ApplyWork.Entries(entries));
    }

    /// <summary>The disk holds it: Raft is told, and what waited for it goes on. What goes to others goes with <see cref="Send"/>.</summary>
    public void OnStored(StorageAppend append)
    {
        if (append.Snapshot is { } snapshot)
            _persistedIndex = snapshot.Index;
        if (append.Entries.Count > 0)
            _persistedIndex = append.Entries[^1].Index;
        Answer(append.Responses);
        while (_voteRequests.TryPeek(out (StorageAppend Append, Message Request) request) && request.Append == append)
            _leaving.Add(_voteRequests.Dequeue().Request);
        while (_applies.TryPeek(out (ulong LastAppended, StorageApply Apply) held) && held.LastAppended <= _persistedIndex)
            apply.Work.TryPost(new ApplyWork.Entries(_applies.Dequeue().Apply));
    }

    /// <summary>Sends what waited.</summary>
    public void Send(long now)
    {
        if (_leaving.Count == 0)
            return;
        outlet.SendStored(_leaving, now);
        _leaving.Clear();
    }

    private void Answer(IReadOnlyList<Message> responses)
    {
        for (int i = 0; i < responses.Count; i++)
        {
            Message response = responses[i];
            if (response.To != node.Id)
            {
                _leaving.Add(response);
                continue;
            }

            // While entries are under way to the disk, whatever else is handed out names the last of them again.
            if (response is StorageAppendResponse { Snapshot: null } stored)
            {
                if (stored == _lastStored)
                    continue;
                _lastStored = stored;
            }

            node.Step(response);
        }
    }
}
