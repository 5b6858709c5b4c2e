namespace Tenet.Transport.Tls;

/// <summary>
/// What one side of a door is told of TLS, under the names of etcd's flags (contract/api.md, 6.2). The same settings serve the listener and the
/// connections that the member itself makes. Files are named, not held: the pair is read again for every handshake.
/// </summary>
public sealed record TlsSettings
{
    /// <summary>No TLS.</summary>
    public static TlsSettings None { get; } = new();

    /// <summary>The certificate (PEM, intermediates behind it) that the listener shows, and whoever dials if it has none of its own.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>Its private key (PEM, not encrypted).</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The certificate shown by whoever dials; empty means <see cref="CertFile"/>.</summary>
    public string ClientCertFile { get; init; } = "";

    /// <summary>Its private key.</summary>
    public string ClientKeyFile { get; init; } = "";

    /// <summary>Who signs certificates that are believed (PEM); read once, at start. With it, a listener demands a certificate. Empty means the system's.</summary>
    public string TrustedCaFile { get; init; } = "";

    /// <summary>Whether a listener demands a certificate and takes its common name for the caller's.</summary>
    public bool ClientCertAuth { get; init; }

    /// <summary>Certificates that a listener refuses although they are signed (DER or PEM); read again for every connection.</summary>
    public string CrlFile { get; init; } = "";

    /// <summary>The only common names that the other end's certificate may have; empty allows all.</summary>
    public IReadOnlyList<string> AllowedCommonNames { get; init; } = [];

    /// <summary>Of these host names or addresses the other end's certificate must have one; empty demands none.</summary>
    public IReadOnlyList<string> AllowedHostnames { get; init; } = [];

    /// <summary>Whether a listener believes a certificate whatever address it comes from.</summary>
    public bool SkipClientSanVerification { get; init; }

    /// <summary>The name that whoever dials expects in the certificate; empty means the host that is dialled.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Whether whoever dials believes any certificate. So it is with certificates that members sign themselves.</summary>
    public bool SkipServerVerification { get; init; }

    /// <summary>Cipher suites of TLS 1.2 by Go's names; empty lets the system choose. Those of TLS 1.3 are always allowed.</summary>
    public IReadOnlyList<string> CipherSuites { get; init; } = [];

    /// <summary>The oldest version: <c>TLS1.2</c>, <c>TLS1.3</c> or empty for the first.</summary>
    public string MinVersion { get; init; } = "";

    /// <summary>The newest version: <c>TLS1.2</c>, <c>TLS1.3</c> or empty for the newest there is.</summary>
    public string MaxVersion { get; init; } = "";

    /// <summary>Whether there is no certificate to show, so that no listener can speak TLS.</summary>
    public bool IsEmpty => CertFile.Length == 0 && KeyFile.Length == 0;

    /// <summary>Etcd's text of it, as its log lines have it.</summary>
    public override string ToString() =>
        $"cert = {CertFile}, key = {KeyFile}, client-cert={ClientCertFile}, client-key={ClientKeyFile}, trusted-ca = {TrustedCaFile}, "
        + $"client-cert-auth = {(ClientCertAuth ? "true" : "false")}, crl-file = {CrlFile}";
}
