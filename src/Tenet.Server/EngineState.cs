using Tenet.Server.Observability;

namespace Tenet.Server;

/// <summary>
/// What the loops tell everybody else: each field has one writing loop and any number of readers, who see a recent value, not an instant.
/// </summary>
internal sealed class EngineState
{
    private long _lead;
    private long _term;
    private long _committedIndex;
    private long _appliedIndex;
    private long _lastTickAt;
    private long _leaderSince = long.MinValue;
    private volatile bool _isLeader;
    private volatile bool _leadsAlone;
    private volatile bool _stopping;

    /// <summary>For the spans of requests.</summary>
    public EntryTimes Times { get; } = new();

    /// <summary>The leader, 0 if unknown. Written by the consensus loop, as are all but the applied index.</summary>
    public ulong Lead
    {
        get => (ulong)Volatile.Read(ref _lead);
        set => Volatile.Write(ref _lead, (long)value);
    }

    public ulong Term
    {
        get => (ulong)Volatile.Read(ref _term);
        set => Volatile.Write(ref _term, (long)value);
    }

    public ulong CommittedIndex
    {
        get => (ulong)Volatile.Read(ref _committedIndex);
        set => Volatile.Write(ref _committedIndex, (long)value);
    }

    /// <summary>The last applied entry; its effects are visible to whoever reads this. Written by the apply loop.</summary>
    public ulong AppliedIndex
    {
        get => (ulong)Volatile.Read(ref _appliedIndex);
        set => Volatile.Write(ref _appliedIndex, (long)value);
    }

    /// <summary>Timestamp of the last Raft tick.</summary>
    public long LastTickAt
    {
        get => Volatile.Read(ref _lastTickAt);
        set => Volatile.Write(ref _lastTickAt, value);
    }

    /// <summary>Timestamp of the moment when this member last became leader; <see cref="long.MinValue"/> if it never did.</summary>
    public long LeaderSince
    {
        get => Volatile.Read(ref _leaderSince);
        set => Volatile.Write(ref _leaderSince, value);
    }

    public bool IsLeader
    {
        get => _isLeader;
        set => _isLeader = value;
    }

    /// <summary>
    /// True while this member leads a cluster whose only voter it is, and has applied an entry of its own term. Nobody else can commit
    /// anything then: another leader would need this member's vote, and the consensus loop clears the flag before it can give one.
    /// Whatever was acknowledged to anyone has been applied here, so a local read is linearizable without asking.
    /// </summary>
    public bool LeadsAlone
    {
        get => _leadsAlone;
        set => _leadsAlone = value;
    }

    /// <summary>New requests are refused.</summary>
    public bool Stopping
    {
        get => _stopping;
        set => _stopping = value;
    }
}
