namespace Tenet.Proxy.Forwarding;

/// <summary>Which server is next (RFC 2782): of those that are not known to be away, by priority, then weight, then turn.</summary>
internal sealed class EndpointRotation(IReadOnlyList<GatewayEndpoint> endpoints, Random random)
{
    /// <summary>Beside servers with weights, those without one are drawn once in so many times.</summary>
    private const int WeightlessEvery = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<GatewayEndpoint> _away = [];
    private int _turn;

    /// <summary>The next server, or null if all are away.</summary>
    public GatewayEndpoint? Next()
    {
        lock (_lock)
        {
            List<GatewayEndpoint> present = [.. endpoints.Where(endpoint => !_away.Contains(endpoint))];
            if (present.Count == 0)
                return null;
            ushort best = present.Min(static endpoint => endpoint.Priority);
            ILookup<bool, GatewayEndpoint> byWeight = present.Where(endpoint => endpoint.Priority == best).ToLookup(static endpoint => endpoint.Weight > 0);
            List<GatewayEndpoint> weighted = [.. byWeight[true]];
            List<GatewayEndpoint> weightless = [.. byWeight[false]];
            if (weighted.Count == 0 || (weightless.Count > 0 && random.Next(WeightlessEvery) == 0))
                return weightless[(_turn++ & int.MaxValue) % weightless.Count];
            int drawn = random.Next(weighted.Sum(static endpoint => endpoint.Weight));
            return weighted.First(endpoint => (drawn -= endpoint.Weight) < 0);
        }
    }

    /// <summary>The servers that are away.</summary>
    public IReadOnlyList<GatewayEndpoint> Away()
    {
        lock (_lock)
            return [.. _away];
    }

    public void Left(GatewayEndpoint endpoint)
    {
        lock (_lock)
            _away.Add(endpoint);
    }

    public void CameBack(GatewayEndpoint endpoint)
    {
        lock (_lock)
            _away.Remove(endpoint);
    }
}
