namespace Tenet.State.Watch;

/// <summary>What the hub of a member is told at start.</summary>
public sealed record WatchHubOptions
{
    /// <summary>The cluster in every response's header.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>The member in every response's header.</summary>
    public required ulong MemberId { get; init; }

    /// <summary>Reads the current Raft term for a response's header. Called on the thread that takes responses.</summary>
    public required Func<ulong> RaftTerm { get; init; }

    /// <summary>
    /// Called when <see cref="WatchHub.RetryVictims"/> or <see cref="WatchHub.RunCatchUp"/> has something to do, on whatever thread notices: it must only wake the
    /// loop that calls them. Calling them by the clock alone works too, but later.
    /// </summary>
    public Action WorkArrived { get; init; } = static () => { };

    /// <summary>A response of this many bytes or more is sent in pieces to a watcher that allows it: the largest request plus 512 KiB.</summary>
    public long FragmentBytes { get; init; } = 1_572_864 + 524_288;

    /// <summary>How far apart two progress notifications of a stream are; 0 to 10% is added, fixed for each stream.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The seed of what is added to the progress interval, so that streams do not tick together.</summary>
    public ulong ProgressSeed { get; init; } = 1;

    /// <summary>
    /// Event responses that a stream queues; with more watchers than this, one for each of them. A short queue serves slow clients best: what does not fit
    /// goes out later with other revisions of the same watcher in one response.
    /// </summary>
    public int QueuedMax { get; init; } = 128;

    /// <summary>Bytes of events that a stream queues; a single larger response is queued only if nothing else is.</summary>
    public long QueuedBytesMax { get; init; } = 16 << 20;

    /// <summary>About how many bytes of history one catch-up pass reads.</summary>
    public long CatchUpBytes { get; init; } = 2 << 20;

    /// <summary>
    /// Whether those who wait for responses are continued on the thread pool. False where everything runs on one thread: they are then continued by whoever
    /// found something for them, after it has left all locks.
    /// </summary>
    public bool CompleteOnPool { get; init; } = true;
}
