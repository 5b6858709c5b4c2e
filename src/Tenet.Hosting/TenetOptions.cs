using System.Net;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Server;
using Tenet.Transport.InProcess;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>
/// What a member with its doors is told: the member itself, and where it listens. <c>new TenetOptions { DataDirectory = "data" }</c> is a whole
/// cluster of one on etcd's ports.
/// </summary>
public sealed record TenetOptions
{
    /// <summary>The limit on an in-memory database: it lies in one array.</summary>
    private const long InMemoryQuotaBytes = 1L << 30;

    /// <summary>The member. Without an initial cluster it founds one of itself, as etcd does.</summary>
    public MemberOptions Member { get; init; } = new() { Name = "default", DataDirectory = "default.etcd" };

    /// <summary>The member's name; a short way to <see cref="MemberOptions.Name"/>.</summary>
    public string Name
    {
        get => Member.Name;
        init => Member = Member with { Name = value };
    }

    /// <summary>Where its data lies, created if missing; a short way to <see cref="MemberOptions.DataDirectory"/>.</summary>
    public string DataDirectory
    {
        get => Member.DataDirectory;
        init => Member = Member with { DataDirectory = value };
    }

    /// <summary>Where clients find it: gRPC, and HTTP unless <see cref="ListenClientHttpUrls"/> takes that. Port 0 lets the system choose.</summary>
    public IReadOnlyList<EtcdUrl> ListenClientUrls { get; init; } = [EtcdUrl.Parse("http://localhost:2379")];

    /// <summary>Where HTTP is served apart from gRPC; empty serves both on <see cref="ListenClientUrls"/>.</summary>
    public IReadOnlyList<EtcdUrl> ListenClientHttpUrls { get; init; } = [];

    /// <summary>Where <c>/metrics</c> and the health pages are served beside the client URLs.</summary>
    public IReadOnlyList<EtcdUrl> ListenMetricsUrls { get; init; } = [];

    /// <summary>Where other members find it. Port 0 lets the system choose; empty listens nowhere, which does for a member that stays alone.</summary>
    public IReadOnlyList<EtcdUrl> ListenPeerUrls { get; init; } = [EtcdUrl.Parse("http://localhost:2380")];

    /// <summary>How long a connection of a peer may be silent.</summary>
    public TimeSpan PeerReadTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a peer may take nothing of what it is sent.</summary>
    public TimeSpan PeerWriteTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>TLS on the client, HTTP and metrics URLs that ask for it.</summary>
    public TlsSettings ClientTls { get; init; } = TlsSettings.None;

    /// <summary>TLS on the peer URLs that ask for it, in both directions.</summary>
    public TlsSettings PeerTls { get; init; } = TlsSettings.None;

    /// <summary>Whether the member signs a certificate for its client URLs itself, unless it has one.</summary>
    public bool ClientAutoTls { get; init; }

    /// <summary>Whether it signs one for its peer URLs itself, unless it has one.</summary>
    public bool PeerAutoTls { get; init; }

    /// <summary>How long such a certificate is valid, in years.</summary>
    public ulong SelfSignedCertValidity { get; init; } = 1;

    /// <summary>How listening addresses are shared.</summary>
    internal SocketReuse SocketReuse => new(SocketReusePort, SocketReuseAddress);

    /// <summary>Where an etcd answers in which the founders of a new cluster find each other; empty if they know each other.</summary>
    public IReadOnlyList<string> DiscoveryEndpoints { get; init; } = [];

    /// <summary>How long a connection to it may take.</summary>
    public TimeSpan DiscoveryDialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the time of each call is counted as well (etcd's <c>--metrics extensive</c>).</summary>
    public bool ExtensiveMetrics { get; init; }

    /// <summary>Feature gates, for the metric that shows them; what they switch is said elsewhere in these options.</summary>
    public IReadOnlyList<FeatureGate> FeatureGates { get; init; } = [];

    /// <summary>Whether listening sockets share their addresses with others at the same time (SO_REUSEPORT), so that two members could serve one URL.</summary>
    public bool SocketReusePort { get; init; }

    /// <summary>Whether an address may be bound while connections of an earlier process still time out (SO_REUSEADDR).</summary>
    public bool SocketReuseAddress { get; init; }

    /// <summary>Whether other members are called from the first address among the advertised peer URLs that is one (etcd's feature gate SetMemberLocalAddr).</summary>
    public bool SetMemberLocalAddress { get; init; }

    /// <summary>Whether <c>/debug/pprof/</c> tells of threads and heap; what only Go's runtime can write is refused there.</summary>
    public bool EnablePprof { get; init; }

    /// <summary>Whether clients may call in JSON over HTTP as well.</summary>
    public bool JsonGateway { get; init; } = true;

    /// <summary>Whether gRPC reflection tells tools such as grpcurl what there is to call. etcd has none.</summary>
    public bool GrpcReflection { get; init; }

    /// <summary>Origins whose web pages may read what HTTP answers; <c>*</c> is all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = ["*"];

    /// <summary>Names under which HTTP may address the member in the clear; empty or <c>*</c> is all.</summary>
    public IReadOnlyList<string> HostWhitelist { get; init; } = ["*"];

    /// <summary>TLS towards it, for endpoints with https, and for those without a scheme where it names a certificate or <see cref="DiscoveryInsecureTransport"/> is not set.</summary>
    public TlsSettings DiscoveryTls { get; init; } = TlsSettings.None;

    /// <summary>Whether endpoints without a scheme are asked without TLS, unless a certificate is named (etcd's <c>--discovery-insecure-transport</c>).</summary>
    public bool DiscoveryInsecureTransport { get; init; } = true;

    /// <summary>Time without traffic after which it is pinged while it is asked; zero for never, and at least ten seconds, as with etcd.</summary>
    public TimeSpan DiscoveryKeepAliveTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the answer to that ping may take.</summary>
    public TimeSpan DiscoveryKeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>As whom it is asked; without both this and <see cref="DiscoveryPassword"/>, as nobody.</summary>
    public string DiscoveryUser { get; init; } = "";

    /// <summary>The password of <see cref="DiscoveryUser"/>.</summary>
    public string DiscoveryPassword { get; init; } = "";

    /// <summary>Most concurrent streams of one connection.</summary>
    public uint MaxConcurrentStreams { get; init; } = uint.MaxValue;

    /// <summary>Shortest time that a client must leave between pings while it calls; zero takes five minutes.</summary>
    public TimeSpan KeepAliveMinTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time without traffic after which the member pings a client; zero takes the default.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long the answer to that ping may take; zero takes the default.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The disk; null for the machine's.</summary>
    internal IFileSystem? Files { get; init; }

    /// <summary>The network within the process on which the member lives; null for one of its own, beside the machine's.</summary>
    internal InProcessHost? Host { get; init; }

    /// <summary>A member without a disk and without a port: what it holds is gone with it, and <see cref="TenetMember.CreateClient"/> is the way in.</summary>
    public static TenetOptions InMemory(string name = "default") => OnDisk(new SimFileSystem(), name);

    /// <summary>A member whose data stays, without a port: <see cref="TenetMember.CreateClient"/> is the way in.</summary>
    public static TenetOptions InProcess(string dataDirectory, string name = "default") => WithoutPorts(name, dataDirectory, OwnAddress);

    /// <summary>The address of a member on a network of its own. It is one of those that are for documentation, so nobody else has it.</summary>
    internal static IPAddress OwnAddress { get; } = IPAddress.Parse("192.0.2.1");

    internal static TenetOptions OnDisk(SimFileSystem disk, string name) => WithoutPorts(name, "/data", OwnAddress).On(disk);

    internal static TenetOptions WithoutPorts(string name, string dataDirectory, IPAddress address) => new()
    {
        Member = new MemberOptions
        {
            Name = name,
            DataDirectory = dataDirectory,
            AdvertiseClientUrls = [ClientUrl(address)],
            AdvertisePeerUrls = [PeerUrl(address)],
        },
        ListenClientUrls = [],
        ListenPeerUrls = [],
    };

    /// <summary>Where clients find a host of an in-process network.</summary>
    internal static string ClientUrl(IPAddress address) => $"http://{address}:{TenetMember.InProcessPort}";

    /// <summary>Where peers find it.</summary>
    internal static string PeerUrl(IPAddress address) => $"http://{address}:2380";

    /// <summary>The same on a disk in memory.</summary>
    internal TenetOptions On(SimFileSystem disk) => this with { Files = disk, Member = Member with { QuotaBackendBytes = InMemoryQuotaBytes } };

    /// <summary>With what follows from the rest.</summary>
    internal TenetOptions Complete()
    {
        bool founds = Member is { InitialCluster.Count: 0, InitialClusterState: InitialClusterState.New, DiscoverySrv.Length: 0 } && DiscoveryEndpoints.Count == 0;
        return founds ? this with { Member = Member with { InitialCluster = [new(Member.Name, Member.AdvertisePeerUrls)] } } : this;
    }
}
