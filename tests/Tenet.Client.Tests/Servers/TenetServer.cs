using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.Client.Tests.Servers;

internal sealed class TenetServer : TestServer
{
    private TenetMember? _member;

    public override async Task StartAsync() => _member = await TenetMember.StartAsync(new TenetOptions
    {
        Member = new MemberOptions
        {
            Name = "default",
            DataDirectory = DataDirectory,
            InitialCluster = [new("default", ["http://localhost:2380"])],
            AdvertiseClientUrls = [$"http://{Endpoint}"],
            BcryptCost = 4,
        },
        ListenClientUrls = [EtcdUrl.Parse($"http://{Endpoint}")],
        ListenPeerUrls = [],
    });

    public override async Task StopAsync()
    {
        if (_member is not null)
            await _member.DisposeAsync();
        _member = null;
    }
}
