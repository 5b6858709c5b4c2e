using Tenet.Server;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>What a member with its doors is told: the member itself, and where it listens.</summary>
public sealed record TenetOptions
{
    /// <summary>The member.</summary>
    public required MemberOptions Member { get; init; }

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

    /// <summary>Where an etcd answers in which the founders of a new cluster find each other; empty if they know each other.</summary>
    public IReadOnlyList<string> DiscoveryEndpoints { get; init; } = [];

    /// <summary>How long a connection to it may take.</summary>
    public TimeSpan DiscoveryDialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the time of each call is counted as well (etcd's <c>--metrics extensive</c>).</summary>
    public bool ExtensiveMetrics { get; init; }

    /// <summary>Feature gates, for the metric that shows them; what they switch is said elsewhere in these options.</summary>
    public IReadOnlyList<FeatureGate> FeatureGates { get; init; } = [];

    /// <summary>Whether clients may call in JSON over HTTP as well.</summary>
    public bool JsonGateway { get; init; } = true;

    /// <summary>Whether gRPC reflection tells tools such as grpcurl what there is to call. etcd has none.</summary>
    public bool GrpcReflection { get; init; }

    /// <summary>Origins whose web pages may read what HTTP answers; <c>*</c> is all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = ["*"];

    /// <summary>Names under which HTTP may address the member in the clear; empty or <c>*</c> is all.</summary>
    public IReadOnlyList<string> HostWhitelist { get; init; } = ["*"];

    /// <summary>TLS towards it, for endpoints with https, and for those without a scheme if this is not null.</summary>
    public TlsSettings? DiscoveryTls { get; init; }

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
}
