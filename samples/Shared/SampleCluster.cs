using Tenet.Client;
using Tenet.Hosting;

namespace Tenet.Samples;

/// <summary>The cluster that a sample talks to: the one whose endpoints it is given, or a member of its own in memory.</summary>
internal sealed class SampleCluster : IAsyncDisposable
{
    private readonly TenetMember? _own;

    private SampleCluster(TenetMember? own, TenetClient client)
    {
        _own = own;
        Client = client;
    }

    public TenetClient Client { get; }

    public static async Task<SampleCluster> OpenAsync(string[] endpoints)
    {
        if (endpoints.Length > 0)
            return new SampleCluster(null, new TenetClient(endpoints));
        TenetMember own = await TenetMember.StartAsync(TenetOptions.InMemory());
        return new SampleCluster(own, own.CreateClient());
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (_own is not null)
            await _own.DisposeAsync();
    }
}
