using System.Text;
using Google.Protobuf;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Faults;

/// <summary>Input that no proper client sends: both servers refuse it with one status and one text, and go on serving.</summary>
public sealed class BadInputTests
{
    [InteropFact]
    public async Task Malformed_messages_and_calls_are_refused_alike()
    {
        byte[] put = new PutRequest { Key = Text("k"), Value = Text("v") }.ToByteArray();
        const string Put = "/etcdserverpb.KV/Put";
        (string What, bool SameText, Func<GrpcClient, Task<RawReply>> Call)[] cases =
        [
            // The texts of these two come from the protobuf library and from the HTTP library: only the status is etcd's.
            ("garbage instead of a message", false, client => client.CallRawAsync(Put, GrpcClient.Frame([0xff, 0xff, 0xff, 0x01, 0x02]))),
            ("a field that ends too early", false, client => client.CallRawAsync(Put, GrpcClient.Frame([0x0a, 0x7f, 0x01]))),
            ("a frame that ends too early", false, client => client.CallRawAsync(Put, GrpcClient.Frame(put)[..^2])),
            ("half a frame header", false, client => client.CallRawAsync(Put, [0, 0, 0])),
            ("no message", false, client => client.CallRawAsync(Put, [])),
            ("a compressed message without an encoding", true, client => client.CallRawAsync(Put, [1, .. GrpcClient.Frame(put)[1..]])),
            ("a message of 3 MiB", true, client => client.CallRawAsync(Put, GrpcClient.Frame(new byte[3 << 20]))),
            ("a length of 4 GiB", true, client => client.CallRawAsync(Put, [0, 0xff, 0xff, 0xff, 0xff, .. put])),
            ("an unknown method", true, client => client.CallRawAsync("/etcdserverpb.KV/Nothing", GrpcClient.Frame(put))),
            ("an unknown service", true, client => client.CallRawAsync("/nobody.Knows/This", GrpcClient.Frame(put))),
            ("a path of one part", true, client => client.CallRawAsync("/Put", GrpcClient.Frame(put))),
            ("an unknown content type", true, client => client.CallRawAsync(Put, GrpcClient.Frame(put), "application/json")),
            ("an unknown encoding", true, client => client.CallRawAsync(Put, GrpcClient.Frame(put), headers: ("grpc-encoding", "snappy"))),
            ("an unknown subtype", true, client => client.CallRawAsync(Put, GrpcClient.Frame(put), "application/grpc+thrift")),
            ("a deadline that is none", true, client => client.CallRawAsync(Put, GrpcClient.Frame(put), headers: ("grpc-timeout", "soon"))),
            ("a deadline that has passed", true, client => client.CallRawAsync(Put, GrpcClient.Frame(put), headers: ("grpc-timeout", "1n"))),
            ("an unknown field", true, client => client.CallRawAsync(Put, GrpcClient.Frame([.. put, 0xf8, 0x07, 0x01]))),
        ];
        await using Pair pair = await Pair.StartAsync();
        StringBuilder differences = new();
        foreach ((string what, bool sameText, Func<GrpcClient, Task<RawReply>> call) in cases)
        {
            string expected = await DescribeAsync(pair.Etcd, sameText, call);
            string actual = await DescribeAsync(pair.Subject, sameText, call);
            if (expected != actual)
                differences.AppendLine($"{what}\n    etcd: {expected}\n    {pair.Subject.Binary}: {actual}");
        }
        Assert.True(differences.Length == 0, differences.ToString());
        await pair.StillServesAsync();
    }

    [InteropFact]
    public async Task Requests_that_make_no_sense_are_refused_alike()
    {
        await using Pair pair = await Pair.StartAsync();
        foreach (EtcdClient client in new[] { pair.Etcd.Client, pair.Subject.Client })
        {
            for (int i = 0; i < 10; i++)
                await client.PutAsync($"k{i}", "v");
            await client.CompactAsync(5);
        }
        StringBuilder differences = new();
        foreach ((string what, Func<EtcdClient, Task<string>> call) in Cases())
        {
            string expected = await call(pair.Etcd.Client);
            string actual = await call(pair.Subject.Client);
            if (expected != actual)
                differences.AppendLine($"{what}\n    etcd: {expected}\n    {pair.Subject.Binary}: {actual}");
        }
        Assert.True(differences.Length == 0, differences.ToString());
        await pair.StillServesAsync();
    }

    private static (string What, Func<EtcdClient, Task<string>> Call)[] Cases()
    {
        RequestOp put = new() { RequestPut = new() { Key = Text("k"), Value = Text("1") } };
        RequestOp delete = new() { RequestDeleteRange = new() { Key = Text("a"), RangeEnd = Text("z") } };
        RequestOp fromTheFuture = new() { RequestRange = new() { Key = Text("k"), Revision = 999 } };
        return
        [
            ("range of the empty key", Range(new())),
            ("range with its end first", Range(new() { Key = Text("z"), RangeEnd = Text("a") })),
            ("range with a negative limit", Range(new() { Key = Text("k"), RangeEnd = Text("l"), Limit = -7 })),
            ("range with a huge limit", Range(new() { Key = Text("k"), RangeEnd = Text("l"), Limit = long.MaxValue })),
            ("range in the future", Range(new() { Key = Text("k"), Revision = 999 })),
            ("range in the compacted past", Range(new() { Key = Text("k"), Revision = 2 })),
            ("range at the compacted revision", Range(new() { Key = Text("k0"), Revision = 5 })),
            ("range at a negative revision", Range(new() { Key = Text("k0"), Revision = -5 })),
            ("range with impossible bounds", Range(new() { Key = Text("k"), RangeEnd = Text("l"), MinModRevision = 9, MaxModRevision = 3 })),
            ("put of the empty key", Put(new() { Value = Text("v") })),
            ("put with an unknown lease", Put(new() { Key = Text("k"), Lease = 77 })),
            ("put that keeps a value that is not there", Put(new() { Key = Text("absent"), IgnoreValue = true })),
            ("put that keeps and gives a value", Put(new() { Key = Text("k"), Value = Text("v"), IgnoreValue = true })),
            ("put that keeps and gives a lease", Put(new() { Key = Text("k"), Lease = 5, IgnoreLease = true })),
            ("put of 1.5 MiB", Put(new() { Key = Text("k"), Value = ByteString.CopyFrom(new byte[1_572_864]) })),
            ("put of just under 1.5 MiB", Put(new() { Key = Text("k"), Value = ByteString.CopyFrom(new byte[1_572_000]) })),
            ("delete of the empty key", Delete(new())),
            ("delete with its end first", Delete(new() { Key = Text("z"), RangeEnd = Text("a") })),
            ("txn that puts a key twice", Txn([], [put, put])),
            ("txn that puts into what it deletes", Txn([], [put, delete])),
            ("txn that puts a key twice, nested", Txn([], [put, new() { RequestTxn = new() { Success = { put } } }])),
            ("txn that puts a key in both nested branches", Txn([], [new() { RequestTxn = new() { Success = { put }, Failure = { put } } }])),
            ("txn of 129 operations", Txn([], [.. Enumerable.Range(0, 129).Select(i => new RequestOp { RequestRange = new() { Key = Text($"k{i}") } })])),
            ("txn of 128 operations", Txn([], [.. Enumerable.Range(0, 128).Select(i => new RequestOp { RequestRange = new() { Key = Text("absent") } })])),
            ("txn of 129 compares", Txn([.. Enumerable.Range(0, 129).Select(_ => new Compare { Key = Text("k") })], [])),
            ("txn with an empty operation", Txn([], [new RequestOp()])),
            ("txn with an empty key", Txn([], [new() { RequestPut = new() }])),
            ("txn that compares the empty key", Txn([new()], [])),
            ("txn of nothing", Txn([], [])),
            ("txn that reads the future after a put", Txn([], [put, fromTheFuture])),
            ("txn with an unknown lease", Txn([], [new() { RequestPut = new() { Key = Text("q"), Lease = 77 } }])),
            ("txn with an unknown comparison", Txn([new() { Key = Text("k0"), Result = (Compare.Types.CompareResult)9, Target = Compare.Types.CompareTarget.Mod }], [])),
            ("compaction of the future", Compact(999)),
            ("compaction of what is compacted", Compact(5)),
            ("compaction at a negative revision", Compact(-1)),
            ("hash of the future", client => Show(client.HashKvAsync(999))),
            ("hash of the compacted past", client => Show(client.HashKvAsync(2))),
            ("lease with TTL 0", client => Show(client.GrantAsync(10, 0))),
            ("lease with a negative TTL", client => Show(client.GrantAsync(11, -5))),
            ("lease with a huge TTL", client => Show(client.GrantAsync(12, 9_000_000_001))),
            ("lease with the longest TTL", client => Show(client.GrantAsync(13, 9_000_000_000))),
            ("lease that exists", client => Show(client.GrantAsync(13, 100))),
            ("lease with a negative id", client => Show(client.GrantAsync(-13, 100))),
            ("revoke of an unknown lease", client => Show(client.RevokeAsync(777))),
            ("revoke of lease 0", client => Show(client.RevokeAsync(0))),
            ("time to live of an unknown lease", client => Show(client.TimeToLiveAsync(777))),
            ("keep-alive of an unknown lease", KeepAliveAsync),
            ("a watch of an empty range", client => WatchAsync(client, new() { Key = Text("b"), RangeEnd = Text("a") })),
            ("a watch in the compacted past", client => WatchAsync(client, new() { Key = Text("k"), StartRevision = 2 })),
            ("a watch at a negative revision", client => WatchAsync(client, new() { Key = Text("k"), StartRevision = -2 })),
            ("two watches of one id", WatchTwiceAsync),
            ("disarming an alarm that is not raised", Call<AlarmResponse>("Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Corrupt })),
        ];
    }

    private static Func<EtcdClient, Task<string>> Range(RangeRequest request) => client => Show(client.RangeAsync(request));

    private static Func<EtcdClient, Task<string>> Put(PutRequest request) => client => Show(client.PutAsync(request));

    private static Func<EtcdClient, Task<string>> Delete(DeleteRangeRequest request) => client => Show(client.DeleteAsync(request));

    private static Func<EtcdClient, Task<string>> Txn(Compare[] compares, RequestOp[] operations)
    {
        TxnRequest request = new();
        request.Compare.AddRange(compares);
        request.Success.AddRange(operations);
        return client => Show(client.TxnAsync(request));
    }

    private static Func<EtcdClient, Task<string>> Compact(long revision) => client => Show(client.CompactAsync(revision));

    private static Func<EtcdClient, Task<string>> Call<T>(string method, IMessage request)
        where T : class, IMessage<T>, new()
        => client => Show(client.Grpc.CallAsync<T>($"/etcdserverpb.{method}", request));

    private static async Task<string> KeepAliveAsync(EtcdClient client)
    {
        using GrpcStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream =
            client.Grpc.Open<LeaseKeepAliveRequest, LeaseKeepAliveResponse>("/etcdserverpb.Lease/LeaseKeepAlive");
        stream.Send(new LeaseKeepAliveRequest { ID = 777 });
        stream.Send(new LeaseKeepAliveRequest { ID = 13 });
        return $"{Normal(await stream.ReadAsync())} {Normal(await stream.ReadAsync())}";
    }

    private static async Task<string> WatchAsync(EtcdClient client, WatchCreateRequest request)
    {
        using GrpcStream<WatchRequest, WatchResponse> watch = client.Watch();
        watch.Send(new WatchRequest { CreateRequest = request });
        WatchResponse? created = await watch.ReadAsync();
        return Normal(created) + (created is { Canceled: true } ? "" : " " + Normal(await watch.ReadAsync()));
    }

    private static async Task<string> WatchTwiceAsync(EtcdClient client)
    {
        using GrpcStream<WatchRequest, WatchResponse> watch = client.Watch();
        watch.Send(new WatchRequest { CreateRequest = new() { Key = Text("k"), WatchId = 4 } });
        watch.Send(new WatchRequest { CreateRequest = new() { Key = Text("k"), WatchId = 4 } });
        return $"{Normal(await watch.ReadAsync())} {Normal(await watch.ReadAsync())}";
    }

    private static async Task<string> Show<T>(Task<GrpcReply<T>> call)
        where T : class, IMessage<T>
    {
        GrpcReply<T> reply = await call;
        return reply.Message is null ? $"{reply.Status} {reply.Text}" : Normal(reply.Message);
    }

    /// <summary>A message without the term and without fields that are newer than etcd 3.5.</summary>
    private static string Normal(IMessage? message)
    {
        if (message is HashKVResponse hash)
            hash.HashRevision = 0;
        return System.Text.RegularExpressions.Regex.Replace(message?.ToString() ?? "(end)", "\"raftTerm\": \"[0-9]+\"", "\"raftTerm\": \"N\"");
    }

    private static async Task<string> DescribeAsync(ServerProcess server, bool sameText, Func<GrpcClient, Task<RawReply>> call)
    {
        RawReply reply;
        try
        {
            reply = await call(server.Client.Grpc);
        }
        catch (HttpRequestException broken)
        {
            return $"the stream was reset ({broken.HttpRequestError})";
        }
        return sameText ? $"http {reply.HttpStatus}, grpc {reply.GrpcStatus}: {reply.GrpcMessage}" : $"http {reply.HttpStatus}, grpc {reply.GrpcStatus}";
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private sealed class Pair(Scratch scratch, ServerProcess etcd, ServerProcess subject) : IAsyncDisposable
    {
        public ServerProcess Etcd => etcd;

        public ServerProcess Subject => subject;

        public static async Task<Pair> StartAsync()
        {
            Scratch scratch = new();
            return new(scratch, await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]), await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]));
        }

        public async Task StillServesAsync() => Assert.Equal(0, (await subject.Client.PutAsync("still", "serving")).Status);

        public async ValueTask DisposeAsync()
        {
            await etcd.DisposeAsync();
            await subject.DisposeAsync();
            scratch.Dispose();
        }
    }
}
