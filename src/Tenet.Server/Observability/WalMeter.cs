using Tenet.Wal;

namespace Tenet.Server.Observability;

/// <summary>What the log costs, as metrics.</summary>
internal sealed class WalMeter(MemberMetrics metrics) : IWalObserver
{
    public void Written(long bytes, TimeSpan elapsed)
    {
        metrics.WalBytes.Add(bytes);
        metrics.WalWrite.Observe(elapsed.TotalSeconds);
    }

    public void Synced(TimeSpan elapsed)
    {
        metrics.WalFsync.Observe(elapsed.TotalSeconds);
        metrics.LogSyncs.Observe(elapsed);
    }
}
