using System.Diagnostics;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tenet.Interop.Tests.Clusters;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Interop.Tests.Recipes;

/// <summary>The same calls of the Lock and Election services to real etcd and to Tenet, and both recipes against etcdctl's.</summary>
public sealed class LockAndElectionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [InteropFact]
    public Task Locks_answer_alike() => CompareAsync(static async (client, log) =>
    {
        await client.GrantAsync(0x7a1, 600);
        await client.GrantAsync(0x7a2, 600);
        await LockAsync(client, log, "l", 0x7a1);
        await LockAsync(client, log, "l", 0x7a1);
        await LockAsync(client, log, "free", 0x7a2);
        Task<GrpcReply<LockResponse>> waiting = client.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes("l"), Lease = 0x7a2 });
        await KeysAsync(client, "l/", 2);
        log($"waits: {!waiting.IsCompleted}");
        await UnlockAsync(client, log, "l/7a1");
        log(Show(await waiting));
        await UnlockAsync(client, log, "l/7a1");
        await UnlockAsync(client, log, "");
        await LockAsync(client, log, "l", 12345);
        await LockAsync(client, log, "l", -1);
        await LockAsync(client, log, "", 0x7a2);

        // Whoever waits with a lease that ends has lost its place.
        Task<GrpcReply<LockResponse>> expiring = client.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes("l"), Lease = 0x7a1 });
        await KeysAsync(client, "l/", 2);
        await client.RevokeAsync(0x7a1);
        await UnlockAsync(client, log, "l/7a2");
        log(Show(await expiring));
        log((await client.EverythingAsync()).ToString());
    });

    [InteropFact]
    public Task A_lock_without_a_lease_gets_one_of_a_minute() => CompareAsync(static async (client, log) =>
    {
        GrpcReply<LockResponse> reply = await client.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes("l") });
        string key = reply.Value.Key.ToStringUtf8();
        LeaseTimeToLiveResponse lease = (await client.TimeToLiveAsync(long.Parse(key[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))).Value;
        log($"{key[..2]} revision {reply.Value.Header.Revision}, granted {lease.GrantedTTL}, holds it: {lease.Keys.Single() == reply.Value.Key}");
    });

    [InteropFact]
    public Task A_lock_call_that_ends_leaves_nothing_behind() => CompareAsync(static async (client, log) =>
    {
        await client.GrantAsync(0x7a1, 600);
        await client.GrantAsync(0x7a2, 600);
        await LockAsync(client, log, "l", 0x7a1);
        using var hasty = new EtcdClient(client.Grpc.Http.BaseAddress!.Port, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => hasty.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes("l"), Lease = 0x7a2 }));
        await KeysAsync(client, "l/", 1);
        await LockAsync(client, log, "l", 0x7a1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => hasty.Grpc.CallAsync<CampaignResponse>(Campaign, new CampaignRequest { Name = Bytes("l"), Lease = 0x7a2 }));
        await KeysAsync(client, "l/", 1);
        log((await client.EverythingAsync()).ToString());
    });

    [InteropFact]
    public Task Elections_answer_alike() => CompareAsync(static async (client, log) =>
    {
        await client.GrantAsync(0x7a1, 600);
        await client.GrantAsync(0x7a2, 600);
        await LeaderAsync(client, log);
        LeaderKey first = await CampaignAsync(client, log, 0x7a1, "one");
        await CampaignAsync(client, log, 0x7a1, "one");
        await CampaignAsync(client, log, 0x7a1, "uno");
        await LeaderAsync(client, log);
        Task<GrpcReply<CampaignResponse>> second = client.Grpc.CallAsync<CampaignResponse>(
            Campaign, new CampaignRequest { Name = Bytes("e"), Lease = 0x7a2, Value = Bytes("two") });
        await KeysAsync(client, "e/", 2);
        log($"waits: {!second.IsCompleted}");
        await ProclaimAsync(client, log, first, "eins");
        await ProclaimAsync(client, log, null, "x");
        var wrong = new LeaderKey(first) { Rev = 1 };
        await ProclaimAsync(client, log, wrong, "x");
        await ProclaimAsync(client, log, new LeaderKey(first) { Key = ByteString.Empty }, "x");
        await ProclaimAsync(client, log, new LeaderKey(first) { Lease = 4711 }, "x");
        await ResignAsync(client, log, wrong);
        await ResignAsync(client, log, null);
        await ResignAsync(client, log, first);
        log(Show(await second));
        await ResignAsync(client, log, first);
        await LeaderAsync(client, log);
        log(Show(await client.Grpc.CallAsync<CampaignResponse>(Campaign, new CampaignRequest { Name = Bytes("e"), Lease = 999 })));
        log((await client.EverythingAsync()).ToString());
    });

    [InteropFact]
    public Task Observers_are_told_alike() => CompareAsync(static async (client, log) =>
    {
        await client.GrantAsync(0x7a1, 600);
        await client.GrantAsync(0x7a2, 600);
        using GrpcStream<LeaderRequest, LeaderResponse> early = client.Grpc.Open<LeaderRequest, LeaderResponse>("/v3electionpb.Election/Observe");
        early.Send(new LeaderRequest { Name = Bytes("e") });
        early.CloseSending();
        LeaderKey first = await CampaignAsync(client, log, 0x7a1, "one");
        log(Show(await early.ReadAsync()));
        using GrpcStream<LeaderRequest, LeaderResponse> late = client.Grpc.Open<LeaderRequest, LeaderResponse>("/v3electionpb.Election/Observe");
        late.Send(new LeaderRequest { Name = Bytes("e") });
        late.CloseSending();
        log(Show(await late.ReadAsync()));
        await ProclaimAsync(client, log, first, "uno");
        log(Show(await early.ReadAsync()));
        log(Show(await late.ReadAsync()));
        Task<GrpcReply<CampaignResponse>> second = client.Grpc.CallAsync<CampaignResponse>(
            Campaign, new CampaignRequest { Name = Bytes("e"), Lease = 0x7a2, Value = Bytes("two") });
        await KeysAsync(client, "e/", 2);
        await ResignAsync(client, log, first);
        log(Show(await second));
        log(Show(await early.ReadAsync()));
        log(Show(await late.ReadAsync()));
    });

    [InteropFact]
    public async Task The_service_and_the_recipe_of_etcdctl_exclude_each_other()
    {
        using Scratch scratch = new();
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]);
        EtcdClient client = subject.Client;
        await client.GrantAsync(0x7a1, 600);
        await LockAsync(client, static _ => { }, "l", 0x7a1);

        // etcdctl waits for the service's lock, and the service's next call for etcdctl's.
        using Process tool = Tool.Start(Binaries.Etcdctl, ["--endpoints", subject.Endpoint, "lock", "l"]);
        await KeysAsync(client, "l/", 2);
        await client.GrantAsync(0x7a2, 600);
        Task<GrpcReply<LockResponse>> third = client.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes("l"), Lease = 0x7a2 });
        await KeysAsync(client, "l/", 3);
        Task<string?> line = tool.StandardOutput.ReadLineAsync();
        Assert.False(line.IsCompleted);
        await UnlockAsync(client, static _ => { }, "l/7a1");
        Assert.StartsWith("l/", await line.WaitAsync(Soon));
        Assert.False(third.IsCompleted);
        await Tool.SignalAsync(tool.Id, "INT");
        await tool.WaitForExitAsync().WaitAsync(Soon);
        Assert.Equal("l/7a2", (await third.WaitAsync(Soon)).Value.Key.ToStringUtf8());

        // The same with an election.
        LeaderKey first = await CampaignAsync(client, static _ => { }, 0x7a1, "service");
        using Process candidate = Tool.Start(Binaries.Etcdctl, ["--endpoints", subject.Endpoint, "elect", "e", "tool"]);
        await KeysAsync(client, "e/", 2);
        Task<string?> elected = candidate.StandardOutput.ReadLineAsync();
        Assert.False(elected.IsCompleted);
        await ResignAsync(client, static _ => { }, first);
        Assert.StartsWith("e/", await elected.WaitAsync(Soon));
        GrpcReply<LeaderResponse> leader = await client.Grpc.CallAsync<LeaderResponse>(Leader, new LeaderRequest { Name = Bytes("e") });
        Assert.Equal("tool", leader.Value.Kv.Value.ToStringUtf8());
        await Tool.SignalAsync(candidate.Id, "INT");
        await candidate.WaitForExitAsync().WaitAsync(Soon);
    }

    private const string Lock = "/v3lockpb.Lock/Lock";
    private const string Campaign = "/v3electionpb.Election/Campaign";
    private const string Leader = "/v3electionpb.Election/Leader";

    private static async Task CompareAsync(Func<EtcdClient, Action<string>, Task> script)
    {
        using Scratch scratch = new();
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]);
        Task<string> expected = RunAsync(etcd, script);
        Task<string> actual = RunAsync(subject, script);
        await Task.WhenAll(expected, actual);
        Assert.Equal(expected.Result, actual.Result);
    }

    private static async Task<string> RunAsync(ServerProcess server, Func<EtcdClient, Action<string>, Task> script)
    {
        var log = new StringBuilder();
        await script(server.Client, line => log.AppendLine(line));
        return log.ToString().Replace($"\"raftTerm\": \"{(await server.Client.StatusAsync()).Value.RaftTerm}\"", "\"raftTerm\": \"*\"", StringComparison.Ordinal);
    }

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    private static string Show<T>(GrpcReply<T> reply)
        where T : class, IMessage<T> => reply.Message is { } message ? Show(message) : $"{reply.Status} {reply.Text}";

    private static string Show<T>(T? message)
        where T : class, IMessage<T> => message?.ToString() ?? "end";

    private static Task KeysAsync(EtcdClient client, string prefix, int count)
    {
        byte[] end = Encoding.UTF8.GetBytes(prefix);
        end[^1]++;
        var range = new RangeRequest { Key = Bytes(prefix), RangeEnd = ByteString.CopyFrom(end), CountOnly = true };
        return Eventually.TrueAsync($"there are {count} keys below {prefix}", async _ => (await client.RangeAsync(range)).Value.Count == count, Soon);
    }

    private static async Task LockAsync(EtcdClient client, Action<string> log, string name, long lease) =>
        log(Show(await client.Grpc.CallAsync<LockResponse>(Lock, new LockRequest { Name = Bytes(name), Lease = lease })));

    private static async Task UnlockAsync(EtcdClient client, Action<string> log, string key) =>
        log(Show(await client.Grpc.CallAsync<UnlockResponse>("/v3lockpb.Lock/Unlock", new UnlockRequest { Key = Bytes(key) })));

    private static async Task<LeaderKey> CampaignAsync(EtcdClient client, Action<string> log, long lease, string value)
    {
        GrpcReply<CampaignResponse> reply = await client.Grpc.CallAsync<CampaignResponse>(
            Campaign, new CampaignRequest { Name = Bytes("e"), Lease = lease, Value = Bytes(value) });
        log(Show(reply));
        return reply.Value.Leader;
    }

    private static async Task ProclaimAsync(EtcdClient client, Action<string> log, LeaderKey? leader, string value) =>
        log(Show(await client.Grpc.CallAsync<ProclaimResponse>("/v3electionpb.Election/Proclaim", new ProclaimRequest { Leader = leader, Value = Bytes(value) })));

    private static async Task ResignAsync(EtcdClient client, Action<string> log, LeaderKey? leader) =>
        log(Show(await client.Grpc.CallAsync<ResignResponse>("/v3electionpb.Election/Resign", new ResignRequest { Leader = leader })));

    private static async Task LeaderAsync(EtcdClient client, Action<string> log) =>
        log(Show(await client.Grpc.CallAsync<LeaderResponse>(Leader, new LeaderRequest { Name = Bytes("e") })));
}
