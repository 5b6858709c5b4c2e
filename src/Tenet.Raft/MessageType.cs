namespace Tenet.Raft;

/// <summary>The wire number of a message. Numbers missing here never leave a member (contract/consensus.md, 1.2).</summary>
public enum MessageType
{
    /// <summary>A proposal on its way to the leader.</summary>
    MsgProp = 2,

    /// <summary>Entries, a probe or a commit index from the leader.</summary>
    MsgApp = 3,

    /// <summary>The answer to <see cref="MsgApp"/> or <see cref="MsgSnap"/>.</summary>
    MsgAppResp = 4,

    /// <summary>A candidate asks for a vote.</summary>
    MsgVote = 5,

    /// <summary>The answer to <see cref="MsgVote"/>.</summary>
    MsgVoteResp = 6,

    /// <summary>A snapshot from the leader.</summary>
    MsgSnap = 7,

    /// <summary>The leader is alive.</summary>
    MsgHeartbeat = 8,

    /// <summary>The answer to <see cref="MsgHeartbeat"/>.</summary>
    MsgHeartbeatResp = 9,

    /// <summary>The leader is asked to hand over; the sender field names the member that is to lead.</summary>
    MsgTransferLeader = 13,

    /// <summary>Campaign at once.</summary>
    MsgTimeoutNow = 14,

    /// <summary>A read index is asked for.</summary>
    MsgReadIndex = 15,

    /// <summary>The answer to <see cref="MsgReadIndex"/>.</summary>
    MsgReadIndexResp = 16,

    /// <summary>A member asks whether it would get votes.</summary>
    MsgPreVote = 17,

    /// <summary>The answer to <see cref="MsgPreVote"/>.</summary>
    MsgPreVoteResp = 18,

    /// <summary>Storage has finished an append. Local.</summary>
    MsgStorageAppendResp = 20,

    /// <summary>The state machine has taken committed entries over. Local.</summary>
    MsgStorageApplyResp = 22,
}
