using Tenet.Client.Calls;

namespace Tenet.Client.Routing;

/// <summary>A cluster's endpoints, asked in turn; one that failed rests for a while.</summary>
internal sealed class EndpointPool
{
    private readonly RoutedEndpoint[] _all;
    private uint _next;

    public EndpointPool(IEnumerable<string> endpoints, ChannelOptions options)
    {
        _all = [.. endpoints.Select(endpoint => new RoutedEndpoint(new Channel(endpoint, options)))];
        // Clients that start at the same time do not all begin with the first.
        _next = (uint)Random.Shared.Next(_all.Length);
    }

    /// <summary>A pool of one.</summary>
    public EndpointPool(RoutedEndpoint only) => _all = [only];

    public int Count => _all.Length;

    public IReadOnlyList<RoutedEndpoint> All => _all;

    /// <summary>The next one that does not rest; if all do, the one that has rested longest for its failures.</summary>
    public RoutedEndpoint Next()
    {
        uint start = Interlocked.Increment(ref _next);
        long now = Environment.TickCount64;
        RoutedEndpoint soonest = _all[start % (uint)_all.Length];
        for (uint i = 0; i < (uint)_all.Length; i++)
        {
            RoutedEndpoint candidate = _all[(start + i) % (uint)_all.Length];
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
        foreach (RoutedEndpoint endpoint in _all)
            soonest = Math.Min(soonest, endpoint.RestsUntil);
        long now = Environment.TickCount64;
        return soonest <= now ? TimeSpan.Zero : TimeSpan.FromMilliseconds(soonest - now);
    }
}
