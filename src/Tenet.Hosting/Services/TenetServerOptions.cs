using System.ComponentModel.DataAnnotations;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>What a member in a .NET host is told, in a form that configuration can be bound to. What is left out is as in etcd.</summary>
public sealed class TenetServerOptions
{
    /// <summary>The member's name.</summary>
    [Required]
    public string Name { get; set; } = "default";

    /// <summary>Where its data lies; null for a directory <c>NAME.etcd</c> in the current one.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Keep everything in memory and listen nowhere unless told so: for tests and for development.</summary>
    public bool InMemory { get; set; }

    /// <summary>Where clients are served; null for <c>http://localhost:2379</c>, empty for callers within the process alone.</summary>
    public string[]? ListenClientUrls { get; set; }

    /// <summary>Where <c>/metrics</c> and the health pages are served beside.</summary>
    public string[]? ListenMetricsUrls { get; set; }

    /// <summary>Where other members are served; null for <c>http://localhost:2380</c> if there are others, and for nowhere if there are none.</summary>
    public string[]? ListenPeerUrls { get; set; }

    /// <summary>The URLs that clients reach the member by; null for those that it listens on.</summary>
    public string[]? AdvertiseClientUrls { get; set; }

    /// <summary>The URLs that other members reach it by; null for those that it listens on.</summary>
    public string[]? AdvertisePeerUrls { get; set; }

    /// <summary>The founding members: names, and peer URLs with commas between them. Null for this one alone.</summary>
    public Dictionary<string, string>? InitialCluster { get; set; }

    /// <summary>Whether the cluster exists already and is joined.</summary>
    public bool JoinExisting { get; set; }

    /// <summary>Tells clusters apart that were founded alike.</summary>
    [Required]
    public string InitialClusterToken { get; set; } = "etcd-cluster";

    /// <summary>Time of one Raft tick.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10", ParseLimitsInInvariantCulture = true)]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a follower waits for its leader; at least five times <see cref="HeartbeatInterval"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.005", "00:00:50", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ElectionTimeout { get; set; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>Size of the database at which writes are refused, in bytes; 0 is 2 GiB.</summary>
    [Range(0, long.MaxValue)]
    public long QuotaBackendBytes { get; set; }

    /// <summary>TLS on the client URLs that ask for it.</summary>
    public TlsSettings? ClientTls { get; set; }

    /// <summary>TLS on the peer URLs that ask for it.</summary>
    public TlsSettings? PeerTls { get; set; }

    /// <summary>Changes what follows from all this, for whatever has no name here.</summary>
    public Func<TenetOptions, TenetOptions>? Configure { get; set; }
}
