using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.State.Apply;
using Tenet.State.Mvcc;

namespace Tenet.Server.Loops;

/// <content>Snapshots that come from a leader, and those that go to followers (contract/consensus.md, 3.4 and 3.5).</content>
internal sealed partial class ApplyLoop
{
    private readonly List<InstallSnapshot> _snapshotDemands = [];

    /// <summary>
    /// Puts a leader's snapshot in the place of the whole state. The log holds it durably and its database lies beside the backend's, so a
    /// crash at any moment finds the one file or the other, and recovery does what is left to do.
    /// </summary>
    /// <returns>False if it has to wait until the commit under way is done: two may not write to one file.</returns>
    private bool TryInstall(Snapshot snapshot)
    {
        if (_commitUnderWay)
            return false;
        _seams.Log.Info(
            "applying snapshot",
            new LogField("current-snapshot-index", _diskSnapshotIndex),
            new LogField("current-applied-index", _state.AppliedIndex),
            new LogField("incoming-leader-snapshot-index", snapshot.Index),
            new LogField("incoming-leader-snapshot-term", snapshot.Term));
        _metrics.SnapshotApplyInProgress.Set(1);
        _seams.Observer?.Installing(snapshot);

        // Raft takes a snapshot over only if it is ahead of everything committed here. The backend may be ahead of what a member that has
        // just started knows to be committed; then it has all of the snapshot, and is left as it is.
        ApplyEffects effects = ApplyEffects.None;
        if (_applier.IsNew(snapshot.Index))
        {
            string received = _snapshotFiles.DatabasePath(snapshot.Index);
            effects = _applier.Install(received, snapshot.Index, snapshot.Data, _seams.Parallel ?? SequentialRunner.Instance);
            _batchOpenedAt = long.MaxValue;
        }

        _confState = snapshot.ConfState;
        _appliedTerm = snapshot.Term;
        _cutIndex = Math.Max(_cutIndex, snapshot.Index);
        _diskSnapshotIndex = Math.Max(_diskSnapshotIndex, snapshot.Index);
        _snapshotForced = false;
        _storageVersion.Reload();
        _state.AppliedIndex = snapshot.Index;
        _seams.Peers.Update(_members.Current);
        _waits.Reached(snapshot.Index);
        _events.OnEffects(effects);
        _consensus.Applied.TryPost(new ApplyReport.Installed());
        _metrics.SnapshotApplyInProgress.Set(0);
        _seams.Log.Info("applied snapshot", new LogField("incoming-leader-snapshot-index", snapshot.Index));
        return true;
    }

    private bool TakeSnapshotDemands()
    {
        List<InstallSnapshot> demands = _inbox.SnapshotDemands.TakeAll();
        if (demands.Count == 0)
            return false;
        foreach (InstallSnapshot demand in demands)
        {
            // One that waits already is of no use: Raft asked again because it gave that one up.
            _snapshotDemands.RemoveAll(waiting => waiting.To == demand.To);
            _snapshotDemands.Add(demand);
        }

        return true;
    }

    /// <summary>A member that has just started may have less applied than its file holds; the two must agree.</summary>
    private bool CanSendSnapshots => _snapshotDemands.Count > 0 && _state.AppliedIndex == _backend.ConsistentIndex;

    /// <summary>
    /// The messages, as of the last applied entry, with which the batch just sealed ends. A receiver that is no member by now gets none, as a
    /// snapshot that does not name its receiver is refused, and asked for again, without end.
    /// </summary>
    private List<InstallSnapshot> TakeMessages()
    {
        var messages = new List<InstallSnapshot>(_snapshotDemands.Count);
        Snapshot applied = AppliedState();
        foreach (InstallSnapshot demand in _snapshotDemands)
        {
            if (_members.Current.Find(demand.To) is not null && applied.Index >= demand.Snapshot.Index)
                messages.Add(demand with { Snapshot = applied });
            else
                _consensus.Reports.TryPost(new PeerReport.SnapshotEnded(demand.To, Delivered: false));
        }

        _snapshotDemands.Clear();
        return messages;
    }
}
