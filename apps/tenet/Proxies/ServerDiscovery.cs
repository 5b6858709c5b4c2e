using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using Tenet.Client.Discovery;
using Tenet.Foundation.Logging;
using Tenet.Proxy.Forwarding;
using Tenet.Transport.Tls;

namespace Tenet.App.Proxies;

/// <summary>Finds the servers of a domain by its SRV records, <c>_etcd-client-ssl._tcp</c> and <c>_etcd-client._tcp</c>.</summary>
/// <param name="records">Asks DNS.</param>
/// <param name="log">Told of what is found.</param>
internal sealed class ServerDiscovery(SrvRecords records, ILog log)
{
    private static readonly TimeSpan DialMax = TimeSpan.FromSeconds(5);

    /// <summary>The servers; without <paramref name="insecure"/> only those that prove over TLS to belong to the domain.</summary>
    /// <param name="domain">The domain; empty finds nobody.</param>
    /// <param name="serviceName">What follows the service's name.</param>
    /// <param name="authorities">Who signs certificates that are believed; empty for the system's.</param>
    /// <param name="insecure">Whether the records are believed as they are.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="IOException">There are no such records.</exception>
    /// <exception cref="TlsSettingsException">The file of authorities does not serve.</exception>
    public async Task<IReadOnlyList<(string Url, GatewayEndpoint Server)>> FindAsync(
        string domain, string serviceName, string authorities, bool insecure, CancellationToken cancellation)
    {
        if (domain.Length == 0)
            return [];
        ClusterServices services = await records.FindClusterAsync(domain, serviceName, cancellation);
        List<(string Url, GatewayEndpoint Server)> secure = Servers("https", services.Secure);
        List<(string Url, GatewayEndpoint Server)> plain = Servers("http", services.Plain);
        List<(string Url, GatewayEndpoint Server)> found = [.. secure, .. plain];
        Tell("discovered cluster from SRV", domain, found);
        if (insecure)
            return found;

        Tell("validating discovered SRV endpoints", domain, found);
        TlsClient tls = new(new TlsSettings { TrustedCaFile = authorities, ServerName = domain }, log);
        List<string> problems = [.. plain.Select(static one => $"\"{one.Url}\" is insecure")];
        List<(string Url, GatewayEndpoint Server)> valid = [];
        foreach ((string Url, GatewayEndpoint Server) one in secure)
        {
            if (await ProblemAsync(tls, one.Server, cancellation) is { } problem)
                problems.Add($"\"{one.Url}\" failed to dial ({problem})");
            else
                valid.Add(one);
        }
        if (problems.Count == 0)
            Tell("using validated discovered SRV endpoints", domain, valid);
        else
            log.Warn("failed to validate discovered endpoints", new("srv-server", domain), new("endpoints", valid.Select(static one => one.Url).ToArray()), new("error", string.Join(',', problems)));
        return valid;
    }

    private static List<(string Url, GatewayEndpoint Server)> Servers(string scheme, IReadOnlyList<DnsService> services) =>
    [
        .. services.Select(service => (
            string.Create(CultureInfo.InvariantCulture, $"{scheme}://{service.Host}:{service.Port}"),
            new GatewayEndpoint(service.Host, service.Port, service.Priority, service.Weight))),
    ];

    private static async Task<string?> ProblemAsync(TlsClient tls, GatewayEndpoint server, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(DialMax);
        try
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server.Host, server.Port, patience.Token);
            await using Stream stream = await tls.OpenAsync(new NetworkStream(socket), server.Host, SslApplicationProtocol.Http2, patience.Token);
            return null;
        }
        catch (Exception failure) when (failure is IOException or SocketException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return failure.Message;
        }
    }

    private void Tell(string message, string domain, List<(string Url, GatewayEndpoint Server)> servers) =>
        log.Info(message, new("srv-server", domain), new("endpoints", servers.Select(static one => one.Url).ToArray()));
}
