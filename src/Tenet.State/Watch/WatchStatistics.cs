namespace Tenet.State.Watch;

/// <summary>What a hub holds at one moment, for metrics.</summary>
/// <param name="Streams">Open streams.</param>
/// <param name="Watchers">Registered watchers.</param>
/// <param name="SlowWatchers">Watchers that wait for a catch-up pass or for room in their stream.</param>
/// <param name="PendingEvents">Events in the streams' queues.</param>
public readonly record struct WatchStatistics(int Streams, int Watchers, int SlowWatchers, long PendingEvents);
