namespace Tenet.Raft;

/// <summary>
/// Takes what is new out of the core (contract/consensus.md, 1.14). A driver that stores entries before it applies them may ask for
/// committed entries that are not stable yet; one that does both at the same time must not.
/// </summary>
internal sealed class Harvester(RaftCore core, bool applyUnstable)
{
    private SoftState _softState = core.SoftState;
    private HardState _hardState = core.HardState;

    /// <summary>Whether there is anything.</summary>
    public bool HasWork =>
        !core.Outbox.IsEmpty
        || core.Log.HasNewEntries
        || core.Log.HasNextCommitted(applyUnstable)
        || core.HardState != _hardState
        || core.SoftState != _softState
        || core.Log.NewSnapshot is not null;

    /// <summary>Forgets what was stored before: the next hard state is handed out whatever it is.</summary>
    public void Restart() => _hardState = default;

    /// <summary>Takes it; from here on it counts as under way.</summary>
    public Harvest Take()
    {
        HardState hardState = core.HardState;
        SoftState softState = core.SoftState;
        Entry[] entries = core.Log.NewEntries();
        Snapshot? snapshot = core.Log.NewSnapshot;
        Entry[] committed = core.Log.NextCommitted(applyUnstable);
        var harvest = new Harvest
        {
            SoftState = softState == _softState ? null : softState,
            HardState = hardState == _hardState ? null : hardState,
            Entries = entries,
            Snapshot = snapshot,
            Committed = committed,
            Messages = core.Outbox.TakeMessages(),
            AfterAppend = core.Outbox.TakeAfterAppend(),
            ReadStates = core.Outbox.TakeReadStates(),
            MustSync = entries.Length > 0 || hardState.MustSyncAfter(_hardState),
            Stored = StoredResponse(snapshot),
            Applied = committed.Length > 0 ? new StorageApplyResponse(core.Id, committed) : null,
        };
        (_softState, _hardState) = (softState, hardState);
        core.Log.AcceptUnstable();
        if (committed.Length > 0)
            core.Log.AcceptApplying(committed, applyUnstable);
        return harvest;
    }

    // It names the last entry even if nothing new is stored this time: an earlier answer may have been ignored because the term had
    // changed, and this one then stands for it.
    private StorageAppendResponse? StoredResponse(Snapshot? snapshot)
    {
        if (!core.Log.HasUnstableEntries)
            return snapshot is null ? null : new StorageAppendResponse(core.Id, core.Term, 0, 0, snapshot);
        return new StorageAppendResponse(core.Id, core.Term, core.Log.LastTerm, core.Log.LastIndex, snapshot);
    }
}
