using System.Diagnostics;

namespace Tenet.Server.Observability;

/// <summary>
/// Where the time of a replicated request went, as spans below the caller's: <c>queue</c> (waiting for Raft's turn), <c>propose</c> (from there to
/// the log), <c>sync</c>, <c>commit</c> (until a majority has it) and <c>apply</c>. The sender of the answer adds <c>send</c>. Without a
/// listener, which is without <c>--enable-distributed-tracing</c>, a request costs one look at a static field.
/// </summary>
internal static class RequestSpans
{
    private static readonly ActivitySource Source = new("Tenet.Member", MemberOptions.ServerVersion);

    /// <summary>Whether anybody listens.</summary>
    public static bool AreHeard => Source.HasListeners();

    /// <summary>The span that a request's own are to stand below; null if nobody wants them.</summary>
    public static Activity? Parent => AreHeard && Activity.Current is { IsAllDataRequested: true } parent ? parent : null;

    /// <summary>A span from here to its disposal, below the current one; null if nobody wants it.</summary>
    public static Activity? Begin(string name) => Parent is null ? null : Source.StartActivity(name);

    /// <summary>Writes the spans of a request that was applied as this entry.</summary>
    /// <param name="parent">What they stand below.</param>
    /// <param name="clock">Whose timestamps these are.</param>
    /// <param name="index">The entry.</param>
    /// <param name="times">When it was synced and committed.</param>
    /// <param name="arrivedAt">When the request came.</param>
    /// <param name="proposedAt">When Raft took it.</param>
    /// <param name="applyStartedAt">When its application began.</param>
    /// <param name="appliedAt">When that ended.</param>
    public static void Write(
        ActivityContext parent, TimeProvider clock, ulong index, EntryTimes times, long arrivedAt, long proposedAt, long applyStartedAt, long appliedAt)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        long stamp = clock.GetTimestamp();
        void Span(string name, long from, long to)
        {
            Activity? before = Activity.Current;
            Activity.Current = null;
            using (Activity? span = Source.StartActivity(name, ActivityKind.Internal, parent, null, null, now - clock.GetElapsedTime(from, stamp)))
            {
                span?.SetTag("etcd.raft.index", (long)index);
                span?.SetEndTime(now - clock.GetElapsedTime(Math.Max(from, to), stamp));
            }
            Activity.Current = before;
        }

        ((long From, long To)? sync, long? committedAt) = times.Of(index);
        Span("queue", arrivedAt, proposedAt);
        if (sync is { } synced)
        {
            Span("propose", proposedAt, synced.From);
            Span("sync", synced.From, synced.To);
        }
        // A majority of others may have it before this member's disk.
        if (committedAt is { } committed)
            Span("commit", sync is { } before && before.To < committed ? before.To : proposedAt, committed);
        Span("apply", applyStartedAt, appliedAt);
    }
}
