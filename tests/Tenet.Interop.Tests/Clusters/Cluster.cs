using System.Text;
using System.Text.RegularExpressions;
using Tenet.Interop.Tests.Processes;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Several members, each a process of its own.</summary>
internal sealed partial class Cluster : IAsyncDisposable
{
    private readonly Scratch _scratch = new();
    private readonly List<ClusterMember> _members = [];
    private readonly List<ClusterMember> _all = [];
    private readonly ClusterSettings _settings;

    private Cluster(ClusterSettings settings) => _settings = settings;

    /// <summary>All members that belong to the cluster, in the order in which they came.</summary>
    public IReadOnlyList<ClusterMember> Members => _members;

    /// <summary>Who can talk to whom, when there are relays.</summary>
    public PeerLinks Links { get; } = new();

    public IEnumerable<ClusterMember> Running => _members.Where(member => member.IsRunning && !member.Program.IsPaused);

    public string InitialCluster => string.Join(',', _members.Select(member => $"{member.Name}={member.PeerUrl}"));

    private string Endpoints => string.Join(',', Running.Select(member => member.ClientUrl));

    /// <summary>Founds a cluster of these programs, runs the body, and adds what the members said to whatever fails.</summary>
    public static async Task RunAsync(ClusterSettings settings, IReadOnlyList<ServerBinary> programs, Func<Cluster, Task> body)
    {
        await using Cluster cluster = new(settings);
        try
        {
            foreach (ServerBinary program in programs)
                cluster._members.Add(cluster.NewMember(program));
            await cluster.FoundAsync();
            await body(cluster);
            cluster.AssertNoneCrashed();
        }
        catch (Exception failure)
        {
            throw new ClusterTestException($"{failure.Message}\n{cluster.Describe()}", failure);
        }
    }

    /// <summary>A place for one more member, which is not told to anybody.</summary>
    public ClusterMember NewMember(ServerBinary program)
    {
        string name = $"m{_all.Count + 1}";
        PeerRelay? relay = _settings.Relays ? new PeerRelay(name, Links, () => _members) : null;
        ClusterMember member = new(name, program, _scratch[name], _settings, relay);
        _all.Add(member);
        return member;
    }

    /// <summary>A directory for something that a test keeps beside the members.</summary>
    public string Directory(string name) => _scratch[name];

    /// <summary>The leader that all running members agree on.</summary>
    public Task<ClusterMember> LeaderAsync(TimeSpan? limit = null) => Eventually.GetAsync("all members name one leader", async complaint =>
    {
        HashSet<ulong> named = [];
        foreach (ClusterMember member in Running.ToList())
        {
            StatusResponse status = await member.StatusAsync();
            member.Id = status.Header.MemberId;
            named.Add(status.Leader);
        }
        complaint.Text = $"leaders {string.Join(' ', named.Select(id => id.ToString("x")))} of {string.Join(' ', Running.Select(member => $"{member}={member.Id:x}"))}";
        return named.Count == 1 ? Running.SingleOrDefault(member => member.Id == named.Single()) : null;
    }, limit);

    /// <summary>Hands leadership over and waits until all know.</summary>
    public async Task MoveLeaderAsync(ClusterMember target)
    {
        await Eventually.TrueAsync($"{target} leads", async complaint =>
        {
            ClusterMember leader = await LeaderAsync();
            if (leader == target)
                return true;
            Wire.GrpcReply<MoveLeaderResponse> reply = await leader.Client.MoveLeaderAsync(target.Id);
            return complaint.Note($"{leader} answers {reply.Status} {reply.Text}");
        });
    }

    /// <summary>Stops a member with SIGTERM and demands a clean end.</summary>
    public static async Task StopAsync(ClusterMember member)
    {
        int code = await member.Program.StopAsync();
        // etcd passes the signal on to itself after the cleaning-up; a shell would say 143.
        Assert.True(code is 0 or 143, $"{member} ended with {code} on SIGTERM");
    }

    /// <summary>Tells the cluster of a new member and starts it there.</summary>
    public async Task<ClusterMember> AddAsync(ServerBinary program, bool learner)
    {
        ClusterMember added = NewMember(program);
        MemberAddResponse response = await Eventually.GetAsync($"{added} is added", async complaint =>
        {
            Wire.GrpcReply<MemberAddResponse> reply = await (await LeaderAsync()).Client.AddMemberAsync(added.PeerUrl, learner);
            complaint.Text = $"{reply.Status} {reply.Text}";
            return reply.Message;
        });
        added.Id = response.Member.ID;
        _members.Add(added);
        added.Launch(InitialCluster, "existing");
        await added.Program.ServesAsync();
        return added;
    }

    /// <summary>Makes a learner a voter as soon as the cluster allows it, and waits until it knows.</summary>
    public static async Task PromoteAsync(ClusterMember learner, ClusterMember via)
    {
        await Eventually.TrueAsync($"{learner} is promoted through {via}", async complaint =>
        {
            Wire.GrpcReply<MemberPromoteResponse> reply = await via.Client.PromoteMemberAsync(learner.Id);
            return reply.Status == 0 || complaint.Note($"{reply.Status} {reply.Text}");
        });
        await Eventually.TrueAsync($"{learner} knows of its vote", async _ => !(await learner.StatusAsync()).IsLearner);
    }

    /// <summary>Removes a member through another one and waits for its end; its exit code.</summary>
    public async Task<int> RemoveAsync(ClusterMember member, ClusterMember via)
    {
        await Eventually.TrueAsync($"{member} is removed through {via}", async complaint =>
        {
            Wire.GrpcReply<MemberRemoveResponse> reply = await via.Client.RemoveMemberAsync(member.Id);
            return reply.Status == 0 || complaint.Note($"{reply.Status} {reply.Text}");
        });
        _members.Remove(member);
        return await member.Program.EndsAsync();
    }

    /// <summary>This one is not asked any more.</summary>
    public void Forget(ClusterMember member) => _members.Remove(member);

    /// <summary>Waits until all running members have applied the same and hold the same history.</summary>
    public Task ConvergedAsync(TimeSpan? limit = null) => Eventually.TrueAsync("all members have the same revision and hash", async complaint =>
    {
        HashSet<string> summaries = [];
        StringBuilder seen = new();
        foreach (ClusterMember member in Running.ToList())
        {
            HashKVResponse hash = (await member.Client.HashKvAsync(0)).Value;
            string summary = $"revision {hash.Header.Revision} compacted {hash.CompactRevision} hash {hash.Hash:x8}";
            summaries.Add(summary);
            seen.AppendLine().Append(member).Append(": ").Append(summary);
        }
        return summaries.Count == 1 || complaint.Note(seen.ToString());
    }, limit);

    /// <summary>Runs etcdctl against all running members.</summary>
    public async Task<string> EtcdctlAsync(params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", Endpoints, .. arguments]);
        Assert.True(result.ExitCode == 0, $"etcdctl {string.Join(' ', arguments)}: {result.Output}{result.Errors}");
        return result.Output;
    }

    /// <summary>Nobody panicked or ended fatally, in any of its runs, but for members that were removed or whose end the test wants.</summary>
    public void AssertNoneCrashed()
    {
        foreach (ClusterMember member in _all)
        {
            Match? match = Crash().Matches(member.Log).FirstOrDefault(match => !match.Value.Contains("permanently removed", StringComparison.Ordinal));
            Assert.True(match is null || member.MayFail, $"{member} crashed: {match?.Value}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The relays first: they look at the processes.
        foreach (ClusterMember member in _all)
        {
            if (member.Relay is not null)
                await member.Relay.DisposeAsync();
        }
        foreach (ClusterMember member in _all)
            await member.DisposeAsync();
        _scratch.Dispose();
    }

    private async Task FoundAsync()
    {
        foreach (ClusterMember member in _members)
            member.Launch(InitialCluster, "new");
        foreach (ClusterMember member in _members)
            await member.Program.ServesAsync();
        await LeaderAsync();
    }

    /// <summary>The last words of each member; all of them go to files if TENET_CLUSTER_LOGS names a directory.</summary>
    private string Describe()
    {
        const int Lines = 25;
        const int LineLength = 400;
        string? directory = Environment.GetEnvironmentVariable("TENET_CLUSTER_LOGS");
        StringBuilder text = new();
        foreach (ClusterMember member in _all)
        {
            string[] lines = member.Log.Split('\n');
            text.Append("=== ").Append(member).Append(member.IsRunning ? "" : " (not running)").AppendLine();
            foreach (string line in lines.Skip(lines.Length - Lines))
                text.AppendLine(line.Length > LineLength ? line[..LineLength] : line);
            if (directory is not null)
            {
                System.IO.Directory.CreateDirectory(directory);
                File.WriteAllText(Path.Combine(directory, $"{Path.GetFileName(_scratch.Path)}-{member.Name}.log"), member.Log);
            }
        }
        return text.ToString();
    }

    [GeneratedRegex("^(panic: .*|goroutine \\d+ \\[.*|.*\"level\":\"(panic|fatal|dpanic)\".*|Unhandled exception.*)$", RegexOptions.Multiline)]
    private static partial Regex Crash();
}

/// <summary>What failed, and what the members said meanwhile.</summary>
internal sealed class ClusterTestException(string message, Exception inner) : Exception(message, inner);
