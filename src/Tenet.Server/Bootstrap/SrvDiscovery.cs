using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// The founders as SRV records name them (contract/consensus.md, 6.4). Records have no member names: the one whose address this member
/// advertises gets its name, the others get numbers, which enter no identifier.
/// </summary>
internal sealed class SrvDiscovery(MemberOptions options, MemberSeams seams)
{
    /// <exception cref="MemberStartException">There are no such records, or this member is not among them.</exception>
    public async Task<IReadOnlyList<InitialMember>> FindAsync(ISrvResolver resolver)
    {
        string suffix = options.DiscoverySrvName.Length > 0 ? "-" + options.DiscoverySrvName : "";
        var found = new List<(string Name, string Url)>();
        var problems = new List<string>();
        foreach ((string scheme, string service) in new[] { ("https", "etcd-server-ssl" + suffix), ("http", "etcd-server" + suffix) })
        {
            (List<(string Name, string Url)> members, string? problem) = await FindAsync(resolver, scheme, service);
            seams.Log.Info(
                $"get cluster for {service[..(scheme == "https" ? 15 : 11)]} SRV",
                new LogField("service-scheme", scheme),
                new LogField("service-name", service),
                new LogField("server-name", options.Name),
                new LogField("discovery-srv", options.DiscoverySrv),
                new LogField("advertise-peer-urls", options.AdvertisePeerUrls),
                new LogField("found-cluster", members.Select(static member => $"{member.Name}={member.Url}").ToArray()),
                new LogField("error", problem));
            found.AddRange(members);
            if (problem is not null)
                problems.Add(problem);
        }

        if (found.Count == 0)
            throw new MemberStartException(string.Join('\n', problems));
        foreach ((string name, string url) in found)
            seams.Log.Info("got bootstrap from DNS for etcd-server", new LogField("node", $"{name}={url}"));
        if (found.All(member => member.Name != options.Name))
            throw new MemberStartException($"cannot find local etcd member \"{options.Name}\" in SRV records");
        return
        [
            .. found.GroupBy(static member => member.Name)
                .Select(static group => new InitialMember(group.Key, [.. group.Select(static member => member.Url).Distinct().Order(StringComparer.Ordinal)])),
        ];
    }

    private async Task<(List<(string Name, string Url)> Members, string? Problem)> FindAsync(ISrvResolver resolver, string scheme, string service)
    {
        string name = $"_{service}._tcp.{options.DiscoverySrv}";
        using var patience = new CancellationTokenSource(UrlComparison.Patience, seams.Clock);
        var members = new List<(string Name, string Url)>();
        try
        {
            Dictionary<string, EtcdUrl> own = await OwnAddressesAsync(patience.Token);
            string? problem = null;
            int number = 0;
            foreach (SrvRecord record in await resolver.ResolveAsync(name, patience.Token))
            {
                string url = $"{scheme}://{record.Target.TrimEnd('.')}:{record.Port.ToString(CultureInfo.InvariantCulture)}";
                IPAddress[] addresses = await seams.ResolveHost(record.Target.TrimEnd('.'), patience.Token);
                EtcdUrl? mine = addresses.Select(address => own.GetValueOrDefault(Key(address, record.Port))).FirstOrDefault(static known => known is not null);
                if (mine is not null && mine.Scheme != scheme)
                    problem = $"bootstrap at {url} from DNS for {service} has scheme mismatch with expected peer {mine.Text}";
                else
                    members.Add((mine is not null ? options.Name : number++.ToString(CultureInfo.InvariantCulture), url));
            }

            return (members, members.Count > 0 || problem is null ? null : Failed(service, problem));
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            return ([], Failed(service, failure.Message));
        }
    }

    private static string Failed(string service, string problem) => $"error querying DNS SRV records for _{service} {problem}";

    private async Task<Dictionary<string, EtcdUrl>> OwnAddressesAsync(CancellationToken patience)
    {
        var own = new Dictionary<string, EtcdUrl>(StringComparer.Ordinal);
        foreach (EtcdUrl url in options.AdvertisePeerUrls.Select(EtcdUrl.Parse).Where(static url => !url.IsSocketFile))
        {
            IPAddress[] addresses = IPAddress.TryParse(url.Host, out IPAddress? literal) ? [literal] : await seams.ResolveHost(url.Host, patience);
            foreach (IPAddress address in addresses)
                own[Key(address, int.Parse(url.Port, CultureInfo.InvariantCulture))] = url;
        }

        return own;
    }

    private static string Key(IPAddress address, int port) => new IPEndPoint(address, port).ToString();
}
