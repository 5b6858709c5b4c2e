namespace Tenet.Rpc;

/// <summary>
/// gRPC and HTTP/1.1 over Kestrel: every address of the options answers both on one clear-text port. Knows methods and pages, not what they do.
/// </summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private GrpcServer(IReadOnlyList<string> urls) => Urls = urls;

    /// <summary>The addresses as bound, in the order of the options, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>
    /// Binds every address and starts to answer. Throws <see cref="IOException"/> naming the address if one cannot be bound (then none
    /// stays bound), and <see cref="ArgumentException"/> for a URL that cannot be served.
    /// </summary>
    public static Task<GrpcServer> StartAsync(GrpcServerOptions options, CancellationToken cancellation = default) =>
        throw new NotImplementedException($"{new GrpcServer([])}");

    /// <summary>
    /// Takes no more connections and calls, tells the callers (GOAWAY), cancels duplex streams (they end as <c>server stopped</c>) and
    /// lets the other calls finish for at most <paramref name="grace"/>; then closes what is left. Later calls do nothing.
    /// </summary>
    public Task StopAsync(TimeSpan grace) => throw new NotImplementedException($"{new GrpcServer([])}");

    /// <summary>Stops without grace.</summary>
    public ValueTask DisposeAsync() => new(StopAsync(TimeSpan.Zero));
}
