namespace Tenet.Transport.Tls;

/// <summary>Who is expected at a listener.</summary>
public enum TlsDoor
{
    /// <summary>Clients, with HTTP/2 or HTTP/1.1.</summary>
    Clients,

    /// <summary>Whoever reads metrics: as clients, but a certificate must belong to the address that it comes from.</summary>
    Metrics,

    /// <summary>Other members, with HTTP/1.1 only; a certificate must belong to the address that it comes from.</summary>
    Peers,
}
