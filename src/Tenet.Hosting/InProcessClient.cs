using Tenet.Client;

namespace Tenet.Hosting;

/// <summary>Makes clients that dial within the process.</summary>
internal static class InProcessClient
{
    public static TenetClient Create(IList<string> endpoints, Func<string, CancellationToken, ValueTask<Stream>> connect, Action<TenetClientOptions>? configure)
    {
        TenetClientOptions options = new() { Endpoints = endpoints, Connect = connect };
        configure?.Invoke(options);
        return new TenetClient(options);
    }
}
