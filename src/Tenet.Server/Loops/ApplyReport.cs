using Tenet.Raft;
using Tenet.Server.Requests;

namespace Tenet.Server.Loops;

/// <summary>What the apply loop tells the consensus loop. Each has one meaning.</summary>
internal abstract record ApplyReport
{
    /// <summary>Entries have been handed to the state machine; their responses may be stepped.</summary>
    public sealed record Done(StorageApply Apply) : ApplyReport;

    /// <summary>
    /// A configuration change has been applied to the membership, or refused, in which case Raft only learns that it is dealt with.
    /// </summary>
    /// <param name="Change">What Raft is told.</param>
    /// <param name="Waiter">Who waits for it on this member, if anybody.</param>
    /// <param name="Result">What the waiter is told, after Raft.</param>
    /// <param name="RemovesSelf">This member is not in the cluster any more.</param>
    public sealed record Configuration(ConfChangeV2 Change, PendingRequest? Waiter, RequestResult Result, bool RemovesSelf = false) : ApplyReport;

    /// <summary>The empty entry that opens a leader's term has been applied: everything before that term is, too.</summary>
    public sealed record FirstOfTerm(ulong Term) : ApplyReport;

    /// <summary>The state machine stands for everything up to this index; older entries need not stay in memory.</summary>
    public sealed record Snapshot(ulong Index, ConfState ConfState) : ApplyReport;

    /// <summary>A leader's snapshot has been taken over: everything up to its index is applied.</summary>
    public sealed record Installed : ApplyReport;
}
