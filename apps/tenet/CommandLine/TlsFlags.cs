using Tenet.Transport.Tls;

namespace Tenet.App.CommandLine;

/// <summary>From flags to TLS settings (contract/api.md, 6.2 and 6.5). What only the files can tell is found out by the doors.</summary>
internal static class TlsFlags
{
    /// <exception cref="FlagsRefusedException">The flags contradict each other.</exception>
    public static void Check(FlagValues flags)
    {
        if (TlsProtocols.Problem(flags.Text("tls-min-version"), flags.Text("tls-max-version"), List(flags, "cipher-suites")) is { } problem)
            throw new FlagsRefusedException(problem);
    }

    public static TlsSettings Clients(FlagValues flags) => Common(flags) with
    {
        CertFile = flags.Text("cert-file"),
        KeyFile = flags.Text("key-file"),
        ClientCertFile = flags.Text("client-cert-file"),
        ClientKeyFile = flags.Text("client-key-file"),
        TrustedCaFile = flags.Text("trusted-ca-file"),
        ClientCertAuth = flags.Switch("client-cert-auth"),
        CrlFile = flags.Text("client-crl-file"),
        AllowedCommonNames = List(flags, "client-cert-allowed-cn"),
        AllowedHostnames = List(flags, "client-cert-allowed-hostname"),
    };

    public static TlsSettings Peers(FlagValues flags) => Common(flags) with
    {
        CertFile = flags.Text("peer-cert-file"),
        KeyFile = flags.Text("peer-key-file"),
        ClientCertFile = flags.Text("peer-client-cert-file"),
        ClientKeyFile = flags.Text("peer-client-key-file"),
        TrustedCaFile = flags.Text("peer-trusted-ca-file"),
        ClientCertAuth = flags.Switch("peer-client-cert-auth"),
        CrlFile = flags.Text("peer-crl-file"),
        AllowedCommonNames = List(flags, "peer-cert-allowed-cn"),
        AllowedHostnames = List(flags, "peer-cert-allowed-hostname"),
        SkipClientSanVerification = flags.Switch("peer-skip-client-san-verification"),
    };

    /// <summary>Towards the etcd in which founders find each other.</summary>
    public static TlsSettings Discovery(FlagValues flags) => new()
    {
        CertFile = flags.Text("discovery-cert"),
        KeyFile = flags.Text("discovery-key"),
        TrustedCaFile = flags.Text("discovery-cacert"),
        SkipServerVerification = flags.Switch("discovery-insecure-skip-tls-verify"),
    };

    private static TlsSettings Common(FlagValues flags) => new()
    {
        CipherSuites = List(flags, "cipher-suites"),
        MinVersion = flags.Text("tls-min-version"),
        MaxVersion = flags.Text("tls-max-version"),
    };

    private static string[] List(FlagValues flags, string name) => flags.Text(name) is { Length: > 0 } text ? text.Split(',') : [];
}
