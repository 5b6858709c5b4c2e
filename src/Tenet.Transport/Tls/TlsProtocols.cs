using System.Net.Security;
using System.Security.Authentication;

namespace Tenet.Transport.Tls;

/// <summary>From the names of versions and cipher suites, as etcd's flags have them, to the runtime's.</summary>
public static class TlsProtocols
{
    private const string Tls12 = "TLS1.2";
    private const string Tls13 = "TLS1.3";

    /// <summary>What Go calls two suites in another way than the standard does.</summary>
    private static readonly Dictionary<string, TlsCipherSuite> OlderNames = new(StringComparer.Ordinal)
    {
        ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"] = TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"] = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    };

    private static readonly TlsCipherSuite[] OfTls13 =
        [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    /// <summary>Every suite that etcd takes: those that Go can speak, whatever the system's library thinks of them.</summary>
    private static readonly Dictionary<string, TlsCipherSuite> Known = OlderNames
        .Concat(OfTls13.Concat(OfTls12()).Select(suite => KeyValuePair.Create(suite.ToString(), suite)))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>What is wrong with the versions and suites of flags, in etcd's words, or null.</summary>
    public static string? Problem(string minVersion, string maxVersion, IReadOnlyList<string> cipherSuites)
    {
        foreach (string version in new[] { minVersion, maxVersion })
        {
            if (version is not ("" or Tls12 or Tls13))
                return $"unexpected TLS version \"{version}\" (must be one of: TLS1.2, TLS1.3)";
        }
        if (minVersion == Tls13 && maxVersion == Tls12)
            return $"min version ({minVersion}) is greater than max version ({maxVersion})";
        if (minVersion == Tls13 && cipherSuites.Count > 0)
            return "cipher suites cannot be configured when only TLS1.3 is enabled";
        return cipherSuites.FirstOrDefault(static name => !Known.ContainsKey(name)) is { } unknown ? $"unexpected TLS cipher suite \"{unknown}\"" : null;
    }

    internal static SslProtocols Versions(TlsSettings settings)
    {
        SslProtocols versions = settings.MinVersion == Tls13 ? SslProtocols.None : SslProtocols.Tls12;
        return settings.MaxVersion == Tls12 ? versions : versions | SslProtocols.Tls13;
    }

    /// <summary>Null lets the system choose.</summary>
    internal static CipherSuitesPolicy? Suites(TlsSettings settings) => settings.CipherSuites.Count == 0 || OperatingSystem.IsWindows() || OperatingSystem.IsAndroid()
        ? null
        : new CipherSuitesPolicy(settings.CipherSuites.Select(static name => Known[name]).Concat(settings.MaxVersion == Tls12 ? [] : OfTls13).Distinct());

    private static IEnumerable<TlsCipherSuite> OfTls12() =>
    [
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_RC4_128_SHA,
    ];
}
