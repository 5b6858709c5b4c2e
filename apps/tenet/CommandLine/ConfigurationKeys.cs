namespace Tenet.App.CommandLine;

/// <summary>One key of the configuration file: a flag's value, or a map with keys of its own.</summary>
/// <param name="Name">The key.</param>
/// <param name="Flag">The flag it sets; null for a map, and for a key that has no flag.</param>
internal sealed record ConfigurationKey(string Name, Flag? Flag)
{
    /// <summary>The keys of a map.</summary>
    public ConfigurationKey[] Below { get; init; } = [];

    /// <summary>Whether the value is a YAML list instead of one text with commas.</summary>
    public bool IsList { get; init; }

    /// <summary>For a key that etcd has dropped, or that Tenet has no use for: values that mean what happens anyway. Null for a key in use.</summary>
    public string[]? HarmlessValues { get; init; }
}

/// <summary>
/// The keys of the configuration file (contract/api.md, 6.4). They are the flags' names, but for what etcd puts into maps, and for flags that
/// it has no key for.
/// </summary>
internal static class ConfigurationKeys
{
    private static readonly string[] Lists =
    [
        "cipher-suites", "log-outputs", "discovery-endpoints", "client-cert-allowed-cn", "client-cert-allowed-hostname", "peer-cert-allowed-cn", "peer-cert-allowed-hostname",
    ];

    /// <summary>Flags without a key.</summary>
    private static readonly string[] FlagsOnly =
    [
        "client-crl-file", "peer-crl-file", "raft-read-timeout", "raft-write-timeout", "discovery-fallback", "config-file", "version", "help",
    ];

    private static readonly ConfigurationKey[] Maps =
    [
        Map(
            "client-transport-security",
            Of("cert-file"), Of("key-file"), Of("client-cert-file"), Of("client-key-file"), Of("client-cert-auth"), Of("trusted-ca-file"), Of("auto-tls"),
            Of("allowed-hostname", "client-cert-allowed-hostname"),
            Of("allowed-cn", "client-cert-allowed-cn"),
            Without("skip-client-san-verification", "false", "true")),
        Map(
            "peer-transport-security",
            Of("cert-file", "peer-cert-file"), Of("key-file", "peer-key-file"), Of("client-cert-file", "peer-client-cert-file"), Of("client-key-file", "peer-client-key-file"),
            Of("client-cert-auth", "peer-client-cert-auth"), Of("trusted-ca-file", "peer-trusted-ca-file"), Of("auto-tls", "peer-auto-tls"),
            Of("allowed-cn", "peer-cert-allowed-cn"), Of("allowed-hostname", "peer-cert-allowed-hostname"),
            Of("skip-client-san-verification", "peer-skip-client-san-verification")),
        Map(
            "discovery-config",
            Of("token", "discovery-token"),
            Map(
                "client",
                Of("endpoints", "discovery-endpoints"), Of("request-timeout", "discovery-request-timeout"), Of("dial-timeout", "discovery-dial-timeout"),
                Of("keepalive-time", "discovery-keepalive-time"), Of("keepalive-timeout", "discovery-keepalive-timeout"),
                Without("max-request-bytes", "0"), Without("max-recv-bytes", "0"),
                Map(
                    "secure",
                    Of("cert", "discovery-cert"), Of("key", "discovery-key"), Of("cacert", "discovery-cacert"), Without("server-name", ""),
                    Of("insecure-transport", "discovery-insecure-transport"), Of("insecure-skip-tls-verify", "discovery-insecure-skip-tls-verify")),
                Map("auth", Of("username", "discovery-user"), Of("password", "discovery-password"), Without("token", "")))),
        Map("socket-options", Of("reuse-port", "socket-reuse-port"), Of("reuse-address", "socket-reuse-address")),
    ];

    /// <summary>Keys of etcd 3.5's files, which 3.7 passes over.</summary>
    private static readonly ConfigurationKey[] Dropped =
    [
        Without("discovery", ""), Without("discovery-proxy", ""), Without("discovery-fallback", "", "exit", "proxy"), Without("proxy", "", "off", "false"),
        Without("enable-v2", "false"), Without("experimental-enable-v2v3", ""),
        .. new[] { "failure-wait", "refresh-interval", "dial-timeout", "write-timeout", "read-timeout" }.Select(static name => Without("proxy-" + name) with { HarmlessValues = [] }),
    ];

    /// <summary>The keys at the top of the file. Letters' case does not matter, as in etcd.</summary>
    public static IReadOnlyList<ConfigurationKey> Top { get; } = [.. FlagKeys(), .. Maps, .. Dropped];

    private static IEnumerable<ConfigurationKey> FlagKeys()
    {
        HashSet<string> elsewhere = new(FlagsOnly, StringComparer.Ordinal);
        foreach (ConfigurationKey map in Maps)
            AddFlags(map, elsewhere);
        return FlagTable.All.Where(flag => (flag.Standing != FlagStanding.Ignored || flag.Help.Length > 0) && !elsewhere.Contains(flag.Name) && !(flag.AliasOf is { } target && elsewhere.Contains(target)))
            .Select(flag => Of(flag.Name))
            // etcd 3.5 spells this key unlike its flag.
            .Append(Of("experimental-snapshot-catch-up-entries", "experimental-snapshot-catchup-entries"));
    }

    private static void AddFlags(ConfigurationKey key, HashSet<string> flags)
    {
        if (key.Flag is not null)
            flags.Add(key.Flag.Name);
        foreach (ConfigurationKey below in key.Below)
            AddFlags(below, flags);
    }

    private static ConfigurationKey Map(string name, params ConfigurationKey[] below) => new(name, null) { Below = below };

    private static ConfigurationKey Of(string name, string? flag = null) => new(name, FlagTable.Find(flag ?? name)!) { IsList = Lists.Contains(flag ?? name) };

    private static ConfigurationKey Without(string name, params string[] harmless) => new(name, null) { HarmlessValues = harmless };
}
