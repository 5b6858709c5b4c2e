using Microsoft.Extensions.Options;
using Tenet.Server;

namespace Tenet.Hosting.Services;

/// <summary>From bound options to what a member is told; and what is wrong with them, before the host starts.</summary>
internal sealed class ServerOptionsReader : IValidateOptions<TenetServerOptions>
{
    public ValidateOptionsResult Validate(string? name, TenetServerOptions options)
    {
        List<string> problems = [];
        foreach (string text in Listening(options).Concat(Advertised(options)))
        {
            try
            {
                EtcdUrl.Parse(text);
            }
            catch (FormatException problem)
            {
                problems.Add(problem.Message);
            }
        }
        if (problems.Count == 0)
            problems.AddRange(Listening(options).Select(static text => EtcdUrl.Parse(text).ListenProblem()).OfType<string>());
        if (options.ElectionTimeout < 5 * options.HeartbeatInterval)
            problems.Add($"{nameof(options.ElectionTimeout)} must be at least five times {nameof(options.HeartbeatInterval)}");
        if (options is { JoinExisting: false, InitialCluster.Count: > 0 } && !options.InitialCluster.ContainsKey(options.Name))
            problems.Add($"{nameof(options.InitialCluster)} does not name the member itself, {options.Name}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    public static TenetOptions Read(TenetServerOptions options)
    {
        bool alone = options.InitialCluster is not { Count: > 1 } && !options.JoinExisting;
        TenetOptions standard = options.InMemory ? TenetOptions.InMemory(options.Name) : new TenetOptions
        {
            Member = new MemberOptions { Name = options.Name, DataDirectory = options.DataDirectory ?? $"{options.Name}.etcd" },
        };
        IReadOnlyList<EtcdUrl> listenClients = Urls(options.ListenClientUrls) ?? standard.ListenClientUrls;
        IReadOnlyList<EtcdUrl> listenPeers = Urls(options.ListenPeerUrls) ?? (alone ? [] : standard.ListenPeerUrls);
        TenetOptions told = standard with
        {
            ListenClientUrls = listenClients,
            ListenPeerUrls = listenPeers,
            ListenMetricsUrls = Urls(options.ListenMetricsUrls) ?? [],
            ClientTls = options.ClientTls ?? standard.ClientTls,
            PeerTls = options.PeerTls ?? standard.PeerTls,
            Member = standard.Member with
            {
                AdvertiseClientUrls = options.AdvertiseClientUrls ?? TextsOr(listenClients, standard.Member.AdvertiseClientUrls),
                AdvertisePeerUrls = options.AdvertisePeerUrls ?? TextsOr(listenPeers, standard.Member.AdvertisePeerUrls),
                InitialCluster = [.. (options.InitialCluster ?? []).Select(static member => new InitialMember(member.Key, member.Value.Split(',')))],
                InitialClusterState = options.JoinExisting ? InitialClusterState.Existing : InitialClusterState.New,
                InitialClusterToken = options.InitialClusterToken,
                HeartbeatInterval = options.HeartbeatInterval,
                ElectionTimeout = options.ElectionTimeout,
                QuotaBackendBytes = options.QuotaBackendBytes > 0 ? options.QuotaBackendBytes : standard.Member.QuotaBackendBytes,
                ClientCertAuth = options.ClientTls?.ClientCertAuth ?? false,
            },
        };
        return options.Configure?.Invoke(told) ?? told;
    }

    private static IEnumerable<string> Listening(TenetServerOptions options) =>
        [.. options.ListenClientUrls ?? [], .. options.ListenMetricsUrls ?? [], .. options.ListenPeerUrls ?? []];

    private static IEnumerable<string> Advertised(TenetServerOptions options) =>
        [.. options.AdvertiseClientUrls ?? [], .. options.AdvertisePeerUrls ?? [], .. (options.InitialCluster ?? []).Values.SelectMany(static urls => urls.Split(','))];

    private static EtcdUrl[]? Urls(string[]? texts) => texts is null ? null : [.. texts.Select(EtcdUrl.Parse)];

    private static IReadOnlyList<string> TextsOr(IReadOnlyList<EtcdUrl> urls, IReadOnlyList<string> standard) =>
        urls.Count == 0 ? standard : [.. urls.Select(static url => url.Text)];
}
