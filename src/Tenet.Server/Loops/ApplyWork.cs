using Tenet.Raft;

namespace Tenet.Server.Loops;

/// <summary>What the state machine has to take over, in this order. Each has one meaning.</summary>
internal abstract record ApplyWork
{
    /// <summary>Committed entries.</summary>
    public sealed record Entries(StorageApply Apply) : ApplyWork;

    /// <summary>A leader's snapshot, which the log holds durably by now; its database lies beside the backend's file.</summary>
    public sealed record Install(Snapshot Snapshot) : ApplyWork;
}
