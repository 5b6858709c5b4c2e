using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tenet.Client.Calls;

namespace Tenet.Client.Routing;

/// <summary>A cluster's endpoints, asked in turn; one that failed rests for a while.</summary>
internal sealed class EndpointPool
{
    private readonly ChannelOptions _options = new();
    private readonly ILogger _log = NullLogger.Instance;
    private readonly Lock _replacing = new();
    private volatile RoutedEndpoint[] _asked;

    /// <summary>With those that are asked no more: calls may go on there, and they may come back.</summary>
    private volatile RoutedEndpoint[] _all;
    private uint _next;

    public EndpointPool(IEnumerable<string> endpoints, ChannelOptions options, ILogger log)
    {
        (_options, _log) = (options, log);
        _all = _asked = [.. endpoints.Select(endpoint => new RoutedEndpoint(new Channel(endpoint, options), log))];
        // Clients that start at the same time do not all begin with the first.
        _next = (uint)Random.Shared.Next(_asked.Length);
    }

    /// <summary>A pool of one.</summary>
    public EndpointPool(RoutedEndpoint only) => _all = _asked = [only];

    public int Count => _asked.Length;

    /// <summary>Every endpoint that was ever asked.</summary>
    public IReadOnlyList<RoutedEndpoint> All => _all;

    /// <summary>These are asked from now on. One that is known keeps its connection.</summary>
    /// <exception cref="FormatException">One of them is no endpoint; then nothing has changed.</exception>
    public void Replace(IReadOnlyList<string> endpoints)
    {
        lock (_replacing)
        {
            RoutedEndpoint[] asked = [.. endpoints.Distinct().Select(endpoint =>
                _all.FirstOrDefault(known => known.Channel.Endpoint == endpoint) ?? new RoutedEndpoint(new Channel(endpoint, _options), _log))];
            _all = [.. _all.Union(asked)];
            _asked = asked;
        }
    }

    /// <summary>The next one that does not rest; if all do, the one that has rested longest for its failures.</summary>
    public RoutedEndpoint Next()
    {
        RoutedEndpoint[] asked = _asked;
        uint start = Interlocked.Increment(ref _next);
        long now = Environment.TickCount64;
        RoutedEndpoint soonest = asked[start % (uint)asked.Length];
        for (uint i = 0; i < (uint)asked.Length; i++)
        {
            RoutedEndpoint candidate = asked[(start + i) % (uint)asked.Length];
            if (candidate.RestsUntil <= now)
                return candidate;
            if (candidate.RestsUntil < soonest.RestsUntil)
                soonest = candidate;
        }
        return soonest;
    }

    /// <summary>How long it takes until some endpoint does not rest.</summary>
    public TimeSpan RestOfAll()
    {
        long soonest = long.MaxValue;
        foreach (RoutedEndpoint endpoint in _asked)
            soonest = Math.Min(soonest, endpoint.RestsUntil);
        long now = Environment.TickCount64;
        return soonest <= now ? TimeSpan.Zero : TimeSpan.FromMilliseconds(soonest - now);
    }
}
