using Tenet.CommandLine;

namespace Tenet.Ctl.Mirroring;

/// <summary>The flags of <c>make-mirror</c>.</summary>
internal sealed class MirrorFlags(FlagSet flags)
{
    public Flag<string> Prefix { get; } = flags.Text("prefix", "", "Key-value prefix to mirror");

    public Flag<long> Revision { get; } = flags.Integer("rev", 0, "Specify the kv revision to start to mirror");

    public Flag<ulong> MaxTxnOps { get; } = flags.Unsigned("max-txn-ops", 128, "Maximum number of operations permitted in a transaction during syncing updates.");

    public Flag<string> DestinationPrefix { get; } = flags.Text("dest-prefix", "", "destination prefix to mirror a prefix to a different prefix in the destination cluster");

    public Flag<bool> NoDestinationPrefix { get; } = flags.Switch("no-dest-prefix", false, "mirror key-values to the root of the destination cluster");

    public Flag<string> Cert { get; } = flags.Text("dest-cert", "", "Identify secure client using this TLS certificate file for the destination cluster");

    public Flag<string> Key { get; } = flags.Text("dest-key", "", "Identify secure client using this TLS key file");

    public Flag<string> CaCert { get; } = flags.Text("dest-cacert", "", "Verify certificates of TLS enabled secure servers using this CA bundle");

    public Flag<bool> InsecureTransport { get; } = flags.Switch("dest-insecure-transport", true, "Disable transport security for client connections");

    public Flag<string> User { get; } = flags.Text("dest-user", "", "Destination username[:password] for authentication (prompt if password is not supplied)");

    public Flag<string> Password { get; } =
        flags.Text("dest-password", "", "Destination password for authentication (if this option is used, --user option shouldn't include password)");
}
