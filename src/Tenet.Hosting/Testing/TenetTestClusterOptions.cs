using Microsoft.Extensions.Logging;

namespace Tenet.Hosting.Testing;

/// <summary>What a <see cref="TenetTestCluster"/> is told.</summary>
public sealed record TenetTestClusterOptions
{
    /// <summary>How many members there are.</summary>
    public int Members { get; init; } = 3;

    /// <summary>Time of one Raft tick. Short, so that elections are quick.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a follower waits for a leader that says nothing. A busy machine needs its time too, or leaders change for no reason.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>Decides what a crash leaves of that which was not synced.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where the members' lines go, each in a category with its name; null for nowhere.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>Changes what the members are told, for whatever these options have no name for.</summary>
    public Func<TenetOptions, TenetOptions>? Configure { get; init; }
}
