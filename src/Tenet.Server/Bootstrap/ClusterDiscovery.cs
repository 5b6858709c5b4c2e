using System.Globalization;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Founders that do not know each other meet in the keys of an existing cluster (contract/consensus.md, 6.4): each registers itself, and the
/// first so many, in the order of their registering, found the new cluster.
/// </summary>
internal sealed class ClusterDiscovery(MemberOptions options, MemberSeams seams)
{
    private const int BackoffDoublingsMax = 8;

    /// <summary>How often one looks who has come meanwhile.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string _prefix = $"/_etcd/registry/{options.DiscoveryToken}";
    private int _failures;

    /// <summary>Registers this member and waits for the others.</summary>
    /// <returns>Who founds the cluster.</returns>
    /// <exception cref="MemberStartException">There is no place for this member, or the registry is not set up.</exception>
    public async Task<IReadOnlyList<InitialMember>> JoinAsync(IDiscoveryClient client, ulong memberId)
    {
        string self = $"{_prefix}/members/{memberId.ToString("x", CultureInfo.InvariantCulture)}";
        string text = string.Join(',', options.AdvertisePeerUrls.Order(StringComparer.Ordinal).Select(url => $"{options.Name}={url}"));
        await CheckAsync(client, self);
        await RetryAsync("register member itself", async token =>
        {
            await client.PutAsync(self, text, token);
            return true;
        });
        seams.Log.Info("register member itself successfully", new LogField("memberKey", self), new LogField("memberInfo", text));

        (int size, List<DiscoveryRecord> members) = await CheckAsync(client, self);
        if (members.Count < size)
        {
            seams.Log.Info(
                "waiting for peers from discovery service",
                new LogField("clusterSize", size),
                new LogField("found-peers", members.Count));
        }

        while (members.Count < size)
        {
            await Task.Delay(LookInterval, seams.Clock);
            members = await MembersAsync(client);
        }

        seams.Log.Info("found all needed peers from discovery service", new LogField("clusterSize", size), new LogField("found-peers", members.Count));
        return Parse(string.Join(',', members.Take(size).Select(static member => member.Value)));
    }

    /// <summary>Reads <c>name=url</c> pairs with commas between them; the URLs of a name are collected.</summary>
    private static List<InitialMember> Parse(string text)
    {
        var members = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string part in text.Split(','))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2 || pair[0].Length == 0)
                throw Failed("discovery: invalid peer URL");
            try
            {
                string url = EtcdUrl.Parse(pair[1]).Printed;
                if (members.TryGetValue(pair[0], out List<string>? urls))
                    urls.Add(url);
                else
                    members.Add(pair[0], [url]);
            }
            catch (FormatException failure)
            {
                throw new MemberStartException(failure.Message, failure);
            }
        }

        return [.. members.Select(static member => new InitialMember(member.Key, [.. member.Value.Order(StringComparer.Ordinal)]))];
    }

    private static MemberStartException Failed(string reason) => new($"failed to join discovery cluster ({reason})");

    /// <summary>Whether there is, or will be, a place for this member: it has one, or fewer than all are taken.</summary>
    private async Task<(int Size, List<DiscoveryRecord> Members)> CheckAsync(IDiscoveryClient client, string self)
    {
        IReadOnlyList<DiscoveryRecord> found = await RetryAsync("cluster status check", token => client.GetAsync($"{_prefix}/_config/size", false, token));
        if (found.Count == 0)
            throw Failed("discovery: size key not found");
        if (!int.TryParse(found[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int size) || size <= 0)
            throw Failed("discovery: size key is bad");

        List<DiscoveryRecord> members = await MembersAsync(client);
        int place = members.FindIndex(member => member.Key == self);
        if (place >= size || place < 0 && members.Count >= size)
            throw Failed("discovery: cluster is full");
        return (size, members);
    }

    private async Task<List<DiscoveryRecord>> MembersAsync(IDiscoveryClient client)
    {
        IReadOnlyList<DiscoveryRecord> found = await RetryAsync("cluster status check", token => client.GetAsync($"{_prefix}/members/", true, token));
        return [.. found.Where(static record => record.Value.Contains('=')).OrderBy(static record => record.CreateRevision)];
    }

    /// <summary>The service may be down while clusters are set up: one waits for it, ever longer, without end.</summary>
    private async Task<T> RetryAsync<T>(string step, Func<CancellationToken, Task<T>> ask)
    {
        while (true)
        {
            try
            {
                using var patience = new CancellationTokenSource(options.DiscoveryRequestTimeout, seams.Clock);
                T answer = await ask(patience.Token);
                _failures = 0;
                return answer;
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException)
            {
                _failures = Math.Min(_failures + 1, BackoffDoublingsMax);
                TimeSpan pause = TimeSpan.FromSeconds(1 << _failures);
                seams.Log.Warn(
                    "retry connecting to discovery service",
                    new LogField("reason", step),
                    new LogField("backoff", pause),
                    new LogField("error", failure.Message));
                await Task.Delay(pause, seams.Clock);
            }
        }
    }
}
