using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Requests;
using Tenet.Server.Tests.Support;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using ClusterMember = Tenet.State.Members.ClusterMember;

namespace Tenet.Server.Tests.Cluster;

/// <summary>Several members on simulated disks, one virtual clock and a network in memory; the test runs everything on its own thread.</summary>
internal sealed class TestCluster
{
    /// <summary>Time passes even for a cluster that always has something to do.</summary>
    private const int RoundsAStep = 64;

    private readonly Func<MemberOptions, MemberOptions> _configure;

    public TestCluster(int count = 3, Func<MemberOptions, MemberOptions>? configure = null, ulong seed = 1)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _configure = configure ?? (static options => options);
        Seed = seed;
        Network = new TestNetwork(Clock);
        InitialMember[] founders = [.. Enumerable.Range(1, count).Select(static i => new InitialMember($"n{i}", [PeerUrl(i)]))];
        for (int i = 1; i <= count; i++)
            Members.Add(new ClusterMemberUnderTest(this, $"n{i}", OptionsOf(i, founders)));
    }

    public ulong Seed { get; }

    public VirtualClock Clock { get; } = new();

    public TestNetwork Network { get; }

    public List<ClusterMemberUnderTest> Members { get; } = [];

    public TestCall Call { get; } = new();

    public ClusterMemberUnderTest this[int index] => Members[index];

    public IEnumerable<ClusterMemberUnderTest> Running => Members.Where(static member => member.IsRunning);

    public ClusterMemberUnderTest Leader
    {
        get
        {
            RunUntil(() => FindLeader() is not null);
            return FindLeader()!;
        }
    }

    public static TestCluster Started(int count = 3, Func<MemberOptions, MemberOptions>? configure = null, ulong seed = 1)
    {
        var cluster = new TestCluster(count, configure, seed);
        foreach (ClusterMemberUnderTest member in cluster.Members)
            member.Start();
        cluster.RunUntil(() => cluster.Members.All(static member => member.Running.Ready.IsCompleted));
        return cluster;
    }

    public ClusterMemberUnderTest FollowerOf(ClusterMemberUnderTest leader, int number = 0) => Running.Where(member => member != leader).ElementAt(number);

    /// <summary>The leader that a majority of the running members follow.</summary>
    public ClusterMemberUnderTest? FindLeader() =>
        Running.FirstOrDefault(member => member.State.IsLeader && Running.Count(other => other.State.Lead == member.Id) * 2 > Members.Count);

    /// <summary>All turns once, and what they sent.</summary>
    public bool Round()
    {
        bool worked = false;
        foreach (ClusterMemberUnderTest member in Members)
            worked |= member.RunTurns();
        return Network.Deliver() || worked;
    }

    public void RunUntil(Func<bool> condition, string? what = null)
    {
        var waiting = new WaitingTime(Clock);
        int rounds = 0;
        while (!condition())
        {
            Assert.False(waiting.IsOver, $"it does not happen: {what}");
            if (!Round())
                waiting.PassTime();
            else if (++rounds % RoundsAStep == 0)
                Clock.Advance(WaitingTime.Step);
        }
    }

    public void RunFor(TimeSpan time)
    {
        long end = Clock.GetTimestamp() + time.Ticks;
        int rounds = 0;
        while (Clock.GetTimestamp() < end)
        {
            if (!Round() || ++rounds % RoundsAStep == 0)
                Clock.Advance(WaitingTime.Step);
        }
    }

    public T Run<T>(ValueTask<T> request) => Run(request.AsTask());

    public T Run<T>(Task<T> request)
    {
        RunUntil(() => request.IsCompleted, "an answer");
        return request.GetAwaiter().GetResult();
    }

    public PutResponse Put(ClusterMemberUnderTest member, string key, string value) =>
        Run(member.Running.Kv.Put(TestMember.PutRequest(key, value), Call));

    public void PutMany(ClusterMemberUnderTest member, int count, string prefix = "k")
    {
        for (int i = 0; i < count; i++)
            Put(member, $"{prefix}{i % 50}", $"{prefix}-{i}");
    }

    public string? Get(ClusterMemberUnderTest member, string key, bool serializable = false)
    {
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(key), Serializable = serializable };
        using RangeResult result = Run(member.Running.Kv.Range(request, Call));
        RangeResponse response = result.ToResponse();
        return response.Kvs.Count == 0 ? null : response.Kvs[0].Value.ToStringUtf8();
    }

    /// <summary>Runs until every running member has applied the same, and compares what they hold.</summary>
    public void Settle()
    {
        RunUntil(
            () => FindLeader() is { } leader && Running.All(member => member.State.AppliedIndex == leader.State.CommittedIndex && member.State.Lead == leader.Id),
            "everybody has the same");
        uint[] hashes = [.. Running.Select(member => Run(member.Running.Maintenance.HashKv(new HashKVRequest(), Call)).Hash).Distinct()];
        Assert.Single(hashes);
    }

    /// <summary>Proposes a change at a member and waits until it is in force there.</summary>
    public RequestResult Change(ClusterMemberUnderTest at, ConfChangeType type, ClusterMember member, bool isPromote = false)
    {
        byte[] context = type == ConfChangeType.RemoveNode ? [] : MemberJson.Write(member);
        if (isPromote)
            context = Encoding.UTF8.GetBytes($"{{\"id\":{member.Id},\"peerURLs\":[\"{member.PeerUrls[0]}\"],\"isPromote\":true}}");
        return Run(at.Running.Engine.Core.Requests.SubmitChangeAsync(new ConfChange(null, type, member.Id, context), null));
    }

    /// <summary>A further member, not started: it joins the cluster without knowing anything of it.</summary>
    public (ClusterMemberUnderTest Member, ClusterMember Description) Newcomer(bool isLearner)
    {
        int number = Members.Count + 1;
        InitialMember[] all = [.. Enumerable.Range(1, number).Select(static i => new InitialMember($"n{i}", [PeerUrl(i)]))];
        MemberOptions options = OptionsOf(number, all) with { InitialClusterState = InitialClusterState.Existing };
        var member = new ClusterMemberUnderTest(this, $"n{number}", options);
        Members.Add(member);
        return (member, new ClusterMember(MemberIdentity.MemberId([PeerUrl(number)], options.InitialClusterToken), [PeerUrl(number)], isLearner, "", []));
    }

    private static string PeerUrl(int number) => $"http://127.0.0.1:{12380 + number * 10}";

    private MemberOptions OptionsOf(int number, InitialMember[] founders) => _configure(TestMember.Options with
    {
        Name = $"n{number}",
        InitialCluster = founders,
        AdvertisePeerUrls = [PeerUrl(number)],
        AdvertiseClientUrls = [$"http://127.0.0.1:{12379 + number * 10}"],
    });
}
