using System.Globalization;
using System.Net;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Randomness;
using Tenet.Server;
using Tenet.Transport.InProcess;

namespace Tenet.Hosting.Testing;

/// <summary>One place in a test cluster: a disk and an address that stay, and a member that comes and goes.</summary>
internal sealed class TestMember
{
    private readonly InProcessNetwork _network;
    private readonly ILog _log;
    private SimFileSystem _disk = new();
    private DiskSwitch? _switch;
    private MutableLog? _voice;
    private InProcessHost? _host;

    public TestMember(int index, InProcessNetwork network, ILog log)
    {
        _network = network;
        _log = log;
        Name = "n" + (index + 1).ToString(CultureInfo.InvariantCulture);
        // Addresses of RFC 5737: nobody outside the network has them.
        Address = new IPAddress([192, 0, 2, (byte)(index + 1)]);
    }

    public string Name { get; }

    public IPAddress Address { get; }

    /// <summary>The member, unless it was killed or has never started.</summary>
    public TenetMember? Running { get; private set; }

    /// <summary>What is left of members that were killed.</summary>
    public Task Burial { get; private set; } = Task.CompletedTask;

    public InitialMember Founder => new(Name, [TenetOptions.PeerUrl(Address)]);

    public async Task StartAsync(TenetTestClusterOptions options, IReadOnlyList<InitialMember> founders, CancellationToken cancellation)
    {
        TenetOptions told = TenetOptions.WithoutPorts(Name, "/data", Address).On(_disk);
        told = told with
        {
            Host = _host = _network.AddHost(Address),
            ListenPeerUrls = [EtcdUrl.Parse(TenetOptions.PeerUrl(Address))],
            Member = told.Member with
            {
                InitialCluster = founders,
                HeartbeatInterval = options.HeartbeatInterval,
                ElectionTimeout = options.ElectionTimeout,
            },
        };
        _disk.Faults = _switch = new DiskSwitch();
        _voice = new MutableLog(_log);
        try
        {
            Running = await TenetMember.StartAsync(options.Configure?.Invoke(told) ?? told, _voice, cancellation);
        }
        catch
        {
            _host.Unplug();
            throw;
        }
    }

    public void FailStorage() => _switch?.Fail("input/output error");

    /// <summary>As when the power fails: nothing that was not said is said any more, and what was not synced may be lost.</summary>
    public void Kill(SeededRandom random)
    {
        if (Running is not { } member)
            return;
        Running = null;
        // In this order: what became durable after nobody could hear of it was never acknowledged.
        _voice!.FallSilent();
        _host!.Unplug();
        _switch!.Fail("the power is off");
        _disk = _disk.Crash(random);
        // It has neither network nor disk any more, so nobody has to wait for its end.
        Burial = Task.WhenAll(Burial, Task.Run(member.BuryAsync));
    }
}
