using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tenet.Foundation.Files.Simulation;
using Tenet.Server.Bootstrap;
using Tenet.Server.Peers;
using Tenet.Server.Tests.Support;
using Tenet.State.Members;

namespace Tenet.Server.Tests;

/// <summary>Founders that find each other in an etcd or in DNS (contract/consensus.md, 6.4).</summary>
public sealed class DiscoveryTests
{
    private const string Own = "http://127.0.0.1:12380";
    private const string Second = "http://127.0.0.2:12380";
    private const string Size = "/_etcd/registry/tok/_config/size";

    private readonly FakeDiscovery _service = new();
    private readonly FakeServices _services = new();
    private readonly FakePeers _peers = new();

    private static ulong Id(string url, string token = "tok") => MemberIdentity.MemberId([url], token);

    [Fact]
    public void Founders_register_and_wait_until_all_have_come()
    {
        _service.Put(Size, "2");
        _service.AtLook = 6;
        _service.Then = () => _service.Put(Key(Second), $"n2={Second}");
        using TestMember member = Discovering();
        member.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal($"n1={Own}", _service.Value(Key(Own)));
        Assert.Equal(Id(Own), member.Member.Status.MemberId);
        Assert.Equal(MemberIdentity.ClusterId([Id(Own), Id(Second)]), member.Member.Peers.ClusterId);
        Assert.Equal(["n1", "n2"], member.Member.Peers.Members.Members.Select(known => known.Name).Order());
    }

    [Fact]
    public void The_first_to_register_found_the_cluster_and_those_who_come_later_are_refused()
    {
        _service.Put(Size, "1");
        _service.Put(Key(Second), $"n2={Second}");
        Assert.Equal("failed to join discovery cluster (discovery: cluster is full)", Refusal(() => Discovering()));

        // Its own place is kept for it.
        _service.Clear();
        _service.Put(Size, "1");
        _service.Put(Key(Own), $"n1={Own}");
        _service.Put(Key(Second), $"n2={Second}");
        using TestMember member = Discovering();
        Assert.Equal(MemberIdentity.ClusterId([Id(Own)]), member.Member.Peers.ClusterId);
    }

    [Fact]
    public void A_registry_that_is_not_set_up_is_named()
    {
        Assert.Equal("failed to join discovery cluster (discovery: size key not found)", Refusal(() => Discovering()));
        foreach (string size in new[] { "0", "-1", "three", "" })
        {
            _service.Put(Size, size);
            Assert.Equal("failed to join discovery cluster (discovery: size key is bad)", Refusal(() => Discovering()));
        }

        _service.Put(Size, "2");
        _service.Put(Key(Second), $"n2={Own}");
        Assert.Equal($"discovery cluster n1={Own},n2={Own} has duplicate url", Refusal(() => Discovering()));
    }

    [Fact]
    public void A_service_that_does_not_answer_is_asked_again_ever_more_rarely()
    {
        _service.Put(Size, "1");
        _service.Failures = 5;
        var clock = new VirtualClock();
        long startedAt = clock.GetTimestamp();
        using TestMember member = Discovering(clock: clock);
        Assert.Equal(2 + 4 + 8 + 16 + 32, clock.GetElapsedTime(startedAt).TotalSeconds, 1.0);
    }

    [Fact]
    public void Discovery_is_not_for_those_who_join() =>
        Assert.Equal(
            "discovery URL should not be set when joining existing initial cluster",
            Refusal(() => Discovering(options => options with { InitialCluster = [new("n1", [Own])], InitialClusterState = InitialClusterState.Existing })));

    [Fact]
    public void Service_records_name_the_founders_and_the_own_address_gets_the_own_name()
    {
        _services.Records["_etcd-server._tcp.example.com"] = [new SrvRecord("two.example.com.", 12380), new SrvRecord("one.example.com.", 12380)];
        using TestMember member = Looking();
        member.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(
            [("0", "http://two.example.com:12380"), ("n1", "http://one.example.com:12380")],
            member.Member.Peers.Members.Members.Select(known => (known.Name, known.PeerUrls[0])).Order());
        Assert.Equal(Id("http://one.example.com:12380", "etcd-cluster"), member.Member.Status.MemberId);
    }

    [Fact]
    public void Service_records_that_do_not_help_are_refused_in_etcds_words()
    {
        Assert.Equal(
            "error querying DNS SRV records for _etcd-server-ssl-x lookup _etcd-server-ssl-x._tcp.example.com: no such host\n"
            + "error querying DNS SRV records for _etcd-server-x lookup _etcd-server-x._tcp.example.com: no such host",
            Refusal(() => Looking(options => options with { DiscoverySrvName = "x" })));
        _services.Records["_etcd-server._tcp.example.com"] = [new SrvRecord("two.example.com.", 12380)];
        Assert.Equal("cannot find local etcd member \"n1\" in SRV records", Refusal(() => Looking()));
        _services.Records.Clear();
        _services.Records["_etcd-server-ssl._tcp.example.com"] = [new SrvRecord("one.example.com.", 12380)];
        Assert.StartsWith(
            "error querying DNS SRV records for _etcd-server-ssl bootstrap at https://one.example.com:12380 from DNS for etcd-server-ssl has scheme mismatch "
            + $"with expected peer {Own}\n",
            Refusal(() => Looking()),
            StringComparison.Ordinal);
    }

    private static string Key(string url) => $"/_etcd/registry/tok/members/{Id(url).ToString("x", CultureInfo.InvariantCulture)}";

    private static string Refusal(Func<TestMember> start) => Assert.Throws<MemberStartException>(() => start().Dispose()).Message;

    private static Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) => host switch
    {
        "one.example.com" => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        "two.example.com" => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2")]),
        _ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
    };

    private TestMember Discovering(Func<MemberOptions, MemberOptions>? configure = null, VirtualClock? clock = null) => new(
        new SimFileSystem(),
        options =>
        {
            MemberOptions discovering = options with { InitialCluster = [], DiscoveryToken = "tok" };
            return configure?.Invoke(discovering) ?? discovering;
        },
        clock: clock,
        replace: seams => seams with { Peers = _peers, Discovery = _service });

    private TestMember Looking(Func<MemberOptions, MemberOptions>? configure = null) => new(
        new SimFileSystem(),
        options =>
        {
            MemberOptions looking = options with { InitialCluster = [], DiscoverySrv = "example.com" };
            return configure?.Invoke(looking) ?? looking;
        },
        replace: seams => seams with { Peers = _peers, Services = _services, ResolveHost = ResolveAsync });

    private sealed class FakeDiscovery : IDiscoveryClient
    {
        private readonly SortedDictionary<string, DiscoveryRecord> _records = new(StringComparer.Ordinal);
        private long _revision;
        private int _looks;

        public int Failures { get; set; }

        public int AtLook { get; set; }

        public Action Then { get; set; } = static () => { };

        public void Put(string key, string value) =>
            _records[key] = new DiscoveryRecord(key, value, _records.TryGetValue(key, out DiscoveryRecord? known) ? known.CreateRevision : ++_revision);

        public string? Value(string key) => _records.GetValueOrDefault(key)?.Value;

        public void Clear() => _records.Clear();

        public Task<IReadOnlyList<DiscoveryRecord>> GetAsync(string key, bool prefix, CancellationToken cancellation)
        {
            if (Failures-- > 0)
                return Task.FromException<IReadOnlyList<DiscoveryRecord>>(new PeerRequestException("connection refused"));
            if (++_looks == AtLook)
                Then();
            return Task.FromResult<IReadOnlyList<DiscoveryRecord>>(
                [.. _records.Values.Where(record => prefix ? record.Key.StartsWith(key, StringComparison.Ordinal) : record.Key == key)]);
        }

        public Task PutAsync(string key, string value, CancellationToken cancellation)
        {
            Put(key, value);
            return Task.CompletedTask;
        }
    }

    private sealed class FakeServices : ISrvResolver
    {
        public Dictionary<string, SrvRecord[]> Records { get; } = [];

        public Task<IReadOnlyList<SrvRecord>> ResolveAsync(string name, CancellationToken cancellation) =>
            Records.TryGetValue(name, out SrvRecord[]? records)
                ? Task.FromResult<IReadOnlyList<SrvRecord>>(records)
                : Task.FromException<IReadOnlyList<SrvRecord>>(new IOException($"lookup {name}: no such host"));
    }
}
