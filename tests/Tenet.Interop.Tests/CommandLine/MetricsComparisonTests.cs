using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Clusters;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.CommandLine;

/// <summary>After the same work, every family of real etcd's page is on Tenet's, with the same type, label names and buckets.</summary>
public sealed partial class MetricsComparisonTests
{
    /// <summary>Families of etcd 3.5 that Tenet has not, and why.</summary>
    private static readonly Dictionary<string, string> Accepted = new()
    {
        ["etcd_debugging_mvcc_range_total"] = "3.5's second name of etcd_mvcc_range_total; 3.7 has it no more",
    };

    [InteropFact]
    public async Task One_member_shows_every_family_of_etcd()
    {
        string[] pages = new string[2];
        ServerBinary[] programs = [Binaries.NewEtcd, Binaries.Subject];
        for (int i = 0; i < programs.Length; i++)
        {
            using Scratch scratch = new();
            await using ServerProcess server = await ServerProcess.StartAsync(programs[i], scratch["data"], "--metrics", "extensive", "--snapshot-count", "10");
            await WorkAsync(server, scratch["snapshot.db"]);
            pages[i] = await PageAsync(server.Endpoint);
        }
        Compare(pages[0], pages[1]);
    }

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task A_cluster_shows_every_family_of_etcd()
    {
        string[] pages = [await ClusterPagesAsync(Composition.NNN), await ClusterPagesAsync(Composition.TTT)];
        Compare(pages[0], pages[1]);
    }

    private static async Task<string> ClusterPagesAsync(string programs)
    {
        string pages = "";
        await Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(programs), async cluster =>
        {
            ClusterMember leader = await cluster.LeaderAsync();
            ClusterMember follower = cluster.Members.First(member => member != leader);
            await Cluster.StopAsync(follower);
            await Services.FillAsync(leader, "without-one", 200);
            await follower.RestartAsync();
            await cluster.ConvergedAsync();
            ClusterMember learner = await cluster.AddAsync(Composition.Programs(programs)[0], learner: true);
            await Cluster.PromoteAsync(learner, leader);
            await cluster.ConvergedAsync();
            foreach (ClusterMember member in cluster.Members)
                pages += await PageAsync(member.ClientUrl["http://".Length..]);
        });
        return pages;
    }

    private static async Task WorkAsync(ServerProcess server, string snapshot)
    {
        async Task RunAsync(params string[] arguments) => await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "--command-timeout", "3s", .. arguments]);

        for (int i = 0; i < 15; i++)
            await server.Client.PutAsync($"k{i}", "v");
        await RunAsync("get", "k1");
        await RunAsync("del", "k2");
        await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", server.Endpoint, "txn"], "mod(\"k1\") > \"0\"\n\nput k1 x\nput k3 y\n\n\n");
        await server.Client.GrantAsync(77, 100);
        await RunAsync("put", "leased", "v", "--lease=4d");
        await RunAsync("lease", "keep-alive", "--once", "4d");
        await RunAsync("lease", "revoke", "4d");
        await RunAsync("lease", "revoke", "4d");
        await server.Client.CompactAsync(5);
        await RunAsync("get", "k1", "--rev=1");
        await RunAsync("endpoint", "hashkv");
        await RunAsync("endpoint", "health");
        await RunAsync("alarm", "list");
        await RunAsync("member", "list");
        await RunAsync("move-leader", "1");
        await RunAsync("defrag");
        await RunAsync("snapshot", "save", snapshot);
        await RunAsync("lock", "held", "true");
        foreach (string path in new[] { "/health", "/readyz?verbose", "/livez", "/version" })
            await PageAsync(server.Endpoint, path);
    }

    private static async Task<string> PageAsync(string endpoint, string path = "/metrics")
    {
        using HttpClient http = new();
        return await http.GetStringAsync($"http://{endpoint}{path}");
    }

    private static void Compare(string etcdPage, string tenetPage)
    {
        Dictionary<string, Family> etcd = Read(etcdPage);
        Dictionary<string, Family> tenet = Read(tenetPage);
        List<string> differences = [];
        foreach ((string name, Family expected) in etcd.Where(family => !family.Key.StartsWith("go_", StringComparison.Ordinal) && !Accepted.ContainsKey(family.Key)))
        {
            if (!tenet.TryGetValue(name, out Family? actual))
                differences.Add($"{name} is missing");
            else if (actual.Describe() != expected.Describe())
                differences.Add($"{name}: etcd {expected.Describe()}, Tenet {actual.Describe()}");
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(etcd.Count > 80, $"etcd showed {etcd.Count} families only");
    }

    private static Dictionary<string, Family> Read(string page)
    {
        Dictionary<string, Family> families = [];
        Family? current = null;
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                if (!families.TryGetValue(words[2], out current))
                    families[words[2]] = current = new Family(words[3]);
            }
            else if (line[0] != '#')
            {
                foreach (Match label in Label().Matches(line))
                {
                    if (label.Groups[1].Value == "le")
                        current!.Bounds.Add(label.Groups[2].Value);
                    else
                        current!.Labels.Add(label.Groups[1].Value);
                }
            }
        }
        return families;
    }

    [GeneratedRegex("([A-Za-z_]+)=\"([^\"]*)\"")]
    private static partial Regex Label();

    private sealed record Family(string Type)
    {
        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Bounds { get; } = new(StringComparer.Ordinal);

        public string Describe() => $"{Type} {{{string.Join(',', Labels)}}} [{string.Join(' ', Bounds)}]";
    }
}
