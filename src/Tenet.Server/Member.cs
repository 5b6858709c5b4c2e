using Tenet.Server.Loops;
using Tenet.Server.Services;

namespace Tenet.Server;

/// <summary>
/// One member of a cluster: its loops, its state, its services. Nothing is acknowledged before its log entry is synced and applied.
/// </summary>
public sealed class Member : IAsyncDisposable
{
    private Member()
    {
        Kv = new KvService();
    }

    /// <summary>The KV service.</summary>
    public KvService Kv { get; }

    /// <summary>
    /// Completes when the member has stopped itself, with one line that says why: a failed sync, a failed apply, a broken invariant.
    /// Never completes otherwise.
    /// </summary>
    public Task<string> Failure => throw new NotSupportedException();

    /// <summary>Completes when the member has published itself to its cluster and may serve clients.</summary>
    public Task Ready => throw new NotSupportedException();

    /// <summary>The loops, for a caller that runs them itself (see <see cref="Open"/>).</summary>
    public IReadOnlyList<ITurn> Turns => throw new NotSupportedException();

    /// <summary>What the member knows of itself now.</summary>
    public MemberStatus Status => throw new NotSupportedException();

    /// <summary>Recovers the member from its disk without starting a thread: the caller runs <see cref="Turns"/>.</summary>
    /// <exception cref="MemberStartException">The data directory or the options do not allow a start.</exception>
    public static Member Open(MemberOptions options, MemberSeams seams) => throw new NotSupportedException();

    /// <summary>Recovers the member and starts its threads. Returns before an election; see <see cref="Ready"/>.</summary>
    /// <exception cref="MemberStartException">The data directory or the options do not allow a start.</exception>
    public static Task<Member> StartAsync(MemberOptions options, MemberSeams seams) => throw new NotSupportedException();

    /// <summary>Refuses new requests, ends the loops, commits the backend, closes the log.</summary>
    public Task StopAsync() => throw new NotSupportedException();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>A linearizable read of nothing: completes if the member can agree with its cluster. Throws the refusal otherwise.</summary>
    public ValueTask ProbeAsync(bool linearizable, CancellationToken cancellation) => throw new NotSupportedException();
}
