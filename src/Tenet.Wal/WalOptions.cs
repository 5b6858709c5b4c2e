using Tenet.Foundation.Logging;

namespace Tenet.Wal;

/// <summary>How a log is kept. The defaults are etcd's.</summary>
public sealed record WalOptions
{
    /// <summary>Appends are not synced: a power cut may lose what was acknowledged. Creation, the names of segments and repairs still are.</summary>
    public bool UnsafeNoFsync { get; init; }

    /// <summary>A segment that has reached this many bytes is finished and the next one begun (contract/storage.md, 2.1).</summary>
    public long SegmentBytes { get; init; } = 64_000_000;

    /// <summary>Hears how many bytes are written and how long syncs take.</summary>
    public IWalObserver? Observer { get; init; }

    /// <summary>Where lines about repairs, ignored files and slow syncs go.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>The clock for durations, and for the name of a log that could not be created.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
