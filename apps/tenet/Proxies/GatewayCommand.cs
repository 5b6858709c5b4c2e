using System.Net;
using System.Net.Sockets;
using Tenet.App.Logging;
using Tenet.CommandLine;
using Tenet.Foundation.Logging;
using Tenet.Client.Discovery;
using Tenet.Proxy.Forwarding;
using Tenet.Transport.Tls;

namespace Tenet.App.Proxies;

/// <summary><c>gateway start</c>: forwards TCP connections to the servers.</summary>
internal sealed class GatewayCommand
{
    private readonly Flag<string> _listenAddr;
    private readonly Flag<string> _discoverySrv;
    private readonly Flag<string> _discoverySrvName;
    private readonly Flag<bool> _insecureDiscovery;
    private readonly Flag<string> _trustedCaFile;
    private readonly Flag<IReadOnlyList<string>> _endpoints;
    private readonly Flag<TimeSpan> _retryDelay;

    private GatewayCommand(FlagSet flags)
    {
        _listenAddr = flags.Text("listen-addr", "127.0.0.1:23790", "where the gateway listens");
        _discoverySrv = flags.Text("discovery-srv", "", "domain whose SRV records name the servers");
        _discoverySrvName = flags.Text("discovery-srv-name", "", "what follows the service's name in these records");
        _insecureDiscovery = flags.Switch("insecure-discovery", false, "believe SRV records without asking the servers for certificates of the domain");
        _trustedCaFile = flags.Text("trusted-ca-file", "", "authorities of the certificates that discovered servers show (PEM)");
        _endpoints = flags.List("endpoints", ["127.0.0.1:2379"], "the servers, unless they are discovered");
        _retryDelay = flags.Duration("retry-delay", TimeSpan.FromMinutes(1), "how long a server that could not be reached is left alone");
    }

    public static Command Create()
    {
        Command start = new("start", "start the gateway");
        start.Run = new GatewayCommand(start.Flags).RunAsync;
        return new Command("gateway <subcommand>", "gateway related command").Add(start);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        using ProcessLog log = LogSettings.Default.Open(TimeProvider.System);
        log.Info("Running: ", new LogField("args", (string[])["tenet", .. Environment.GetCommandLineArgs()[1..]]));
        try
        {
            IReadOnlyList<GatewayEndpoint> servers = await ServersAsync(invocation, log);
            IPEndPoint listen = await ListenAddressAsync(invocation);
            await RefuseLoopsAsync(invocation, servers, listen);
            if (servers.Count == 0)
                throw Refusal(invocation, "no endpoints found");
            await using TcpGateway gateway = TcpGateway.Start(listen, servers, _retryDelay.Value, log);
            ReadyNotification.Send(log);
            return await ProxyProcess.UntilStoppedAsync(invocation, log);
        }
        catch (SocketException failure)
        {
            string reason = failure.SocketErrorCode == SocketError.AddressAlreadyInUse ? "address already in use" : failure.Message;
            throw ProxyProcess.Refusal(invocation, $"listen tcp {_listenAddr.Value}: bind: {reason}");
        }
        catch (Exception failure) when (failure is IOException or TlsSettingsException)
        {
            throw ProxyProcess.Refusal(invocation, failure.Message);
        }
    }

    private async Task<IReadOnlyList<GatewayEndpoint>> ServersAsync(Invocation invocation, ILog log)
    {
        ServerDiscovery discovery = new(SrvRecords.OfSystem(), log);
        IReadOnlyList<(string Url, GatewayEndpoint Server)> found =
            await discovery.FindAsync(_discoverySrv.Value, _discoverySrvName.Value, _trustedCaFile.Value, _insecureDiscovery.Value, invocation.Cancellation);
        return found.Count > 0 ? [.. found.Select(static one => one.Server)] : [.. _endpoints.Value.Select(endpoint => Parse(invocation, endpoint))];
    }

    private static GatewayEndpoint Parse(Invocation invocation, string endpoint)
    {
        // It is TCP that is forwarded, whatever is spoken on it.
        string address = Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? url) && url.Authority.Length > 0 ? url.Authority : endpoint;
        return HostAndPort.Parse(address) is { Host.Length: > 0 } parts
            ? new GatewayEndpoint(parts.Host, parts.Port)
            : throw Refusal(invocation, $"error parsing endpoint \"{address}\"", newLine: false);
    }

    private async Task<IPEndPoint> ListenAddressAsync(Invocation invocation)
    {
        if (HostAndPort.Parse(_listenAddr.Value) is not { } parts)
            throw Refusal(invocation, $"failed to validate listen address: {_listenAddr.Value}");
        if (await AddressesAsync(parts.Host, invocation.Cancellation) is not [IPAddress address, ..])
            throw Refusal(invocation, $"failed to resolve listen host: {parts.Host}");
        return new IPEndPoint(address, parts.Port);
    }

    /// <summary>A gateway that is its own server would forward for ever.</summary>
    private async Task RefuseLoopsAsync(Invocation invocation, IReadOnlyList<GatewayEndpoint> servers, IPEndPoint listen)
    {
        foreach (GatewayEndpoint server in servers)
        {
            IPAddress[] addresses = await AddressesAsync(server.Host, invocation.Cancellation);
            if (addresses.Length == 0)
                throw Refusal(invocation, $"failed to resolve endpoint host: {server.Host}");
            if (server.Port == listen.Port && addresses.Contains(listen.Address))
            {
                throw Refusal(
                    invocation,
                    $"SRV or endpoint ({server.Host}:{server.Port}->{listen.Address}:{server.Port}) should not resolve to the gateway listen addr ({_listenAddr.Value})");
            }
        }
    }

    private static async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return host.Length == 0 ? [] : await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    /// <summary>Etcd's gateway complains on standard output.</summary>
    private static SilentExitException Refusal(Invocation invocation, string problem, bool newLine = true)
    {
        invocation.Console.Out.Write(newLine ? problem + "\n" : problem);
        return new SilentExitException(ExitCode.Error);
    }
}
