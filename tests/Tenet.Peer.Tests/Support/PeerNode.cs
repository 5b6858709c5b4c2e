using Tenet.Foundation.Metrics;
using Tenet.State.Members;

namespace Tenet.Peer.Tests.Support;

/// <summary>One end: transport and server on loopback around a <see cref="FakeMember"/>.</summary>
internal sealed class PeerNode : IAsyncDisposable
{
    private PeerNode(FakeMember member, PeerTransport transport, PeerServer server, MetricRegistry metrics)
    {
        Member = member;
        Transport = transport;
        Server = server;
        Metrics = metrics;
    }

    public FakeMember Member { get; }

    public PeerTransport Transport { get; }

    public PeerServer Server { get; }

    public MetricRegistry Metrics { get; }

    public string Url => Server.Urls[0];

    public static async Task<PeerNode> StartAsync(ulong id, int port = 0, PeerTransportOptions? options = null, bool withMember = true)
    {
        MetricRegistry metrics = new();
        PeerTransport transport = new((options ?? new PeerTransportOptions()) with { Metrics = metrics });
        PeerServer server = await PeerServer.StartAsync(transport, [$"http://127.0.0.1:{port}"]);
        FakeMember member = new(id) { AdvertisedUrls = [server.Urls[0]] };
        if (withMember)
            transport.Start(member);
        return new PeerNode(member, transport, server, metrics);
    }

    /// <summary>Tells each of them of all.</summary>
    public static void Join(params PeerNode[] nodes)
    {
        ClusterView view = View([.. nodes.Select(static node => (node.Member.MemberId, node.Url))]);
        foreach (PeerNode node in nodes)
        {
            node.Member.Members = view;
            node.Transport.Update(view);
        }
    }

    public static ClusterView View(params (ulong Id, string Url)[] members) => new(
        [.. members.OrderBy(static member => member.Id).Select(static member => new ClusterMember(member.Id, [member.Url], false, $"n{member.Id}", []))],
        [],
        new Version(3, 5, 0),
        DowngradeInfo.None);

    public string Page()
    {
        System.Buffers.ArrayBufferWriter<byte> page = new();
        Metrics.WriteText(page);
        return System.Text.Encoding.UTF8.GetString(page.WrittenSpan);
    }

    public async ValueTask DisposeAsync()
    {
        Transport.Stop();
        await Server.DisposeAsync();
        await Transport.Stopped;
    }
}

/// <summary>Waits for a condition, for at most half a minute.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, what);
            await Task.Delay(5);
        }
    }
}
