using Tenet.Client.Discovery;
using Tenet.CommandLine;

namespace Tenet.Ctl;

/// <summary>The flags that every command takes (contract/api.md, 9.1). The help of a command does not list them; <c>options</c> does.</summary>
internal sealed class GlobalFlags
{
    public GlobalFlags(FlagSet flags, Func<SrvRecords> records)
    {
        All = flags;
        Records = records;
        Endpoints = flags.List("endpoints", ["127.0.0.1:2379"], "gRPC endpoints");
        Debug = flags.Switch("debug", false, "enable client-side debug logging");
        WriteOut = flags.Text("write-out", 'w', "simple", "set the output format (fields, json, protobuf, simple, table)");
        WriteOut.Words = ["fields", "json", "protobuf", "simple", "table"];
        Hex = flags.Switch("hex", false, "print byte strings as hex encoded strings");
        DialTimeout = flags.Duration("dial-timeout", TimeSpan.FromSeconds(2), "dial timeout for client connections");
        CommandTimeout = flags.Duration("command-timeout", TimeSpan.FromSeconds(5), "timeout for short running command (excluding dial timeout)");
        KeepAliveTime = flags.Duration("keepalive-time", TimeSpan.FromSeconds(2), "keepalive time for client connections");
        KeepAliveTimeout = flags.Duration("keepalive-timeout", TimeSpan.FromSeconds(6), "keepalive timeout for client connections");
        MaxRequestBytes = flags.Integer("max-request-bytes", 0, "client-side request send limit in bytes (if 0, it defaults to 2.0 MiB (2 * 1024 * 1024).)");
        MaxReceiveBytes = flags.Integer("max-recv-bytes", 0, "client-side response receive limit in bytes (if 0, it defaults to \"math.MaxInt32\")");
        InsecureTransport = flags.Switch("insecure-transport", true, "disable transport security for client connections");
        InsecureDiscovery = flags.Switch("insecure-discovery", true, "accept insecure SRV records describing cluster endpoints");
        InsecureSkipTlsVerify = flags.Switch(
            "insecure-skip-tls-verify", false, "skip server certificate verification (CAUTION: this option should be enabled only for testing purposes)");
        Cert = flags.Text("cert", "", "identify secure client using this TLS certificate file");
        Key = flags.Text("key", "", "identify secure client using this TLS key file");
        CaCert = flags.Text("cacert", "", "verify certificates of TLS-enabled secure servers using this CA bundle");
        AuthJwtToken = flags.Text("auth-jwt-token", "", "JWT token used for authentication (if this option is used, --user and --password should not be set)");
        User = flags.Text("user", "", "username[:password] for authentication (prompt if password is not supplied)");
        Password = flags.Text("password", "", "password for authentication (if this option is used, --user option shouldn't include password)");
        DiscoverySrv = flags.Text("discovery-srv", 'd', "", "domain name to query for SRV records describing cluster endpoints");
        DiscoverySrvName = flags.Text("discovery-srv-name", "", "service name to query when using DNS discovery");
        foreach (Flag flag in flags.All)
            flag.IsHidden = true;
    }

    public FlagSet All { get; }

    /// <summary>Who is asked for <see cref="DiscoverySrv"/>.</summary>
    public Func<SrvRecords> Records { get; }

    public Flag<IReadOnlyList<string>> Endpoints { get; }

    public Flag<bool> Debug { get; }

    public Flag<string> WriteOut { get; }

    public Flag<bool> Hex { get; }

    public Flag<TimeSpan> DialTimeout { get; }

    public Flag<TimeSpan> CommandTimeout { get; }

    public Flag<TimeSpan> KeepAliveTime { get; }

    public Flag<TimeSpan> KeepAliveTimeout { get; }

    public Flag<long> MaxRequestBytes { get; }

    public Flag<long> MaxReceiveBytes { get; }

    public Flag<bool> InsecureTransport { get; }

    public Flag<bool> InsecureDiscovery { get; }

    public Flag<bool> InsecureSkipTlsVerify { get; }

    public Flag<string> Cert { get; }

    public Flag<string> Key { get; }

    public Flag<string> CaCert { get; }

    public Flag<string> AuthJwtToken { get; }

    public Flag<string> User { get; }

    public Flag<string> Password { get; }

    public Flag<string> DiscoverySrv { get; }

    public Flag<string> DiscoverySrvName { get; }
}
