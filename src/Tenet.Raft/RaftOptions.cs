namespace Tenet.Raft;

/// <summary>How one member behaves. Defaults are etcd's where it sets one (contract/consensus.md, 1.3).</summary>
public sealed record RaftOptions
{
    /// <summary>This member's id: not 0 and not one of <see cref="LocalThreads"/>.</summary>
    public required ulong Id { get; init; }

    /// <summary>Ticks without a leader until a follower campaigns; the actual timeout is drawn from [this, twice this).</summary>
    public int ElectionTicks { get; init; } = 10;

    /// <summary>Ticks between two heartbeats of a leader.</summary>
    public int HeartbeatTicks { get; init; } = 1;

    /// <summary>
    /// The last index that was applied before a restart; entries up to it are not handed out again. 0: the snapshot's index.
    /// </summary>
    public ulong Applied { get; init; }

    /// <summary>Encoded bytes of entries in one append message; one entry always goes. 0: one entry each.</summary>
    public ulong MessageBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Encoded bytes of committed entries that may be under way to the state machine. 0: <see cref="MessageBytesMax"/>.</summary>
    public ulong ApplyingBytesMax { get; init; }

    /// <summary>Payload bytes of entries that a leader has taken but not committed, beyond which it drops proposals. 0: no limit.</summary>
    public ulong UncommittedBytesMax { get; init; }

    /// <summary>Append messages under way to one follower.</summary>
    public int InflightMessagesMax { get; init; } = 512;

    /// <summary>Payload bytes of append messages under way to one follower. 0: no limit.</summary>
    public ulong InflightBytesMax { get; init; }

    /// <summary>
    /// Whether a leader steps down when it has not heard from a quorum for an election timeout, and voters keep its lease.
    /// </summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>Whether a member asks if it would win before it disturbs the others with a new term.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>How reads are made safe.</summary>
    public ReadOnlyOption ReadOnlyOption { get; init; }

    /// <summary>Whether a follower drops proposals instead of forwarding them.</summary>
    public bool DisableProposalForwarding { get; init; }

    /// <summary>Whether a leader takes configuration changes without looking whether another one is pending.</summary>
    public bool DisableConfChangeValidation { get; init; }

    /// <summary>Whether a leader that was removed or demoted steps down at once.</summary>
    public bool StepDownOnRemoval { get; init; }

    internal void Validate()
    {
        Require(Id != 0, "cannot use none as id");
        Require(Id is not (LocalThreads.Append or LocalThreads.Apply), "cannot use local target as id");
        Require(HeartbeatTicks > 0, "heartbeat tick must be greater than 0");
        Require(ElectionTicks > HeartbeatTicks, "election tick must be greater than heartbeat tick");
        Require(InflightMessagesMax > 0, "max inflight messages must be greater than 0");
        Require(InflightBytesMax == 0 || InflightBytesMax >= MessageBytesMax, "max inflight bytes must be >= max message size");
        Require(
            ReadOnlyOption != ReadOnlyOption.LeaseBased || CheckQuorum,
            "CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
