using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Transport.InProcess;
using Tenet.Transport.Listening;
using Tenet.Transport.Tls;

namespace Tenet.Peer;

/// <summary>What the way to the other members is told.</summary>
public sealed record PeerTransportOptions
{
    /// <summary>The member's clock: timers, and the timestamps of <see cref="PeerTransport.ConnectedSince"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where log lines go.</summary>
    public ILog Log { get; init; } = NoLog.Instance;

    /// <summary>Receives the etcd_network_* families of peers.</summary>
    public MetricRegistry Metrics { get; init; } = new();

    /// <summary>How long a connection may take to come about: etcd's is a second and an election timeout.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How TLS is spoken with peers whose URLs ask for it; null believes what the system believes, and has no certificate to show.</summary>
    public TlsClient? Tls { get; init; }

    /// <summary>The network within the process on which peers listen and are dialled; null for the machine's.</summary>
    public InProcessHost? Host { get; init; }

    /// <summary>From which address the others are called; null leaves the choice to the system.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>How the addresses that peers call are shared.</summary>
    public SocketReuse SocketReuse { get; init; } = SocketReuse.None;

    /// <summary>How long a stream, or the body of a request, may be silent before its connection is given up.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the other end of a stream may take nothing before its connection is given up.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
