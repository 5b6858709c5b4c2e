using System.Net;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Foundation.Randomness;
using Tenet.Server.Bootstrap;
using Tenet.Server.Peers;
using Tenet.State.Mvcc;

namespace Tenet.Server;

/// <summary>The outer world of a member. A simulation replaces all of it.</summary>
public sealed record MemberSeams
{
    /// <summary>The disk.</summary>
    public required IFileSystem Files { get; init; }

    /// <summary>Both clocks: timestamps for timers, UTC for identifiers and logs.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where log lines go.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>Seed of everything that is drawn (election timeouts, jitter).</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Receives the member's metrics; one registry for each member.</summary>
    public MetricRegistry Metrics { get; init; } = new();

    /// <summary>The way to the other members.</summary>
    public IPeerTransport Peers { get; init; } = NoPeers.Instance;

    /// <summary>The addresses of a host name, for comparing URLs (contract/consensus.md, 6.3). May fail in any way that a look-up does.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> ResolveHost { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The service that the founders of a cluster meet in; null if there is none.</summary>
    public IDiscoveryClient? Discovery { get; init; }

    /// <summary>Looks up who founds a cluster, for <see cref="MemberOptions.DiscoverySrv"/>; null if nobody is looked up.</summary>
    public ISrvResolver? Services { get; init; }

    /// <summary>Runs the parts of long start-up work; null leaves the choice to the member.</summary>
    public IParallelRunner? Parallel { get; init; }

    /// <summary>
    /// Whether those who wait for a result go on in a thread of the pool (always, outside a simulation: a client's code must not run on
    /// the loop that completed it).
    /// </summary>
    public bool CompleteOnPool { get; init; } = true;

    /// <summary>How long to wait for another process to let go of the backend's file before refusing to start.</summary>
    public TimeSpan BackendLockTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Size at which a segment of the write-ahead log is finished. Simulations make it small; everybody else leaves etcd's.</summary>
    internal long WalSegmentBytes { get; init; } = new Wal.WalOptions().SegmentBytes;

    /// <summary>Records that a defragmentation copies in one step. Simulations make it small; everybody else leaves it.</summary>
    internal int DefragmentStepRecords { get; init; } = 10_000;

    /// <summary>Is told what the member carries out; null for nobody.</summary>
    internal IMemberObserver? Observer { get; init; }

    /// <summary>Cancels; those who registered for it run where <see cref="CompleteOnPool"/> says.</summary>
    internal Task CancelAsync(CancellationTokenSource source)
    {
        if (CompleteOnPool)
            return source.CancelAsync();
        source.Cancel();
        return Task.CompletedTask;
    }
}
