using Tenet.Server.Loops;
using Tenet.State.Watch;

namespace Tenet.Server.Maintenance;

/// <summary>Serves watchers that are not at the present: catch-up from history, those whose client has read on, progress notifications.</summary>
internal sealed class WatchLoop(MemberSeams seams, WatchHub hub) : ITurn
{
    /// <summary>Progress is looked at this often; the shortest interval that may be asked for is the same.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly long _interval = (long)(ProgressInterval.TotalSeconds * seams.Clock.TimestampFrequency);
    private long _nextProgressAt = seams.Clock.GetTimestamp();

    public string Name => "watch";

    public long WakeAt => _nextProgressAt;

    public bool RunTurn()
    {
        bool worked = false;
        if (hub.HasRetriableVictims)
        {
            hub.RetryVictims();
            worked = true;
        }

        if (hub.HasUnsynced)
        {
            hub.RunCatchUp();
            worked = true;
        }

        long now = seams.Clock.GetTimestamp();
        if (now < _nextProgressAt)
            return worked;
        _nextProgressAt = now + _interval;
        hub.RunProgress(seams.Clock.GetElapsedTime(0, now));
        return true;
    }
}
