using System.Text;
using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Tests;

[Collection(SharedServersCollection.Name)]
public sealed class KvTests(SharedServers servers)
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task What_is_written_as_text_is_read_as_bytes_and_the_other_way_round(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        PutResult put = await client.Kv.PutAsync("kv/text", "grüße");
        KeyValue? read = await client.Kv.GetAsync(Encoding.UTF8.GetBytes("kv/text"));
        Assert.Equal(Encoding.UTF8.GetBytes("grüße"), read!.Value.ToArray());
        Assert.Equal((put.Revision, put.Revision, 1), (read.CreateRevision, read.ModRevision, read.Version));
        byte[] bytes = [0, 255, 128];
        PutResult second = await client.Kv.PutAsync("kv/text", bytes, new PutOptions { Previous = true });
        Assert.Equal("grüße", second.Previous!.ValueText);
        Assert.Equal(bytes, (await client.Kv.GetAsync("kv/text"))!.Value.ToArray());
        Assert.True(await client.Kv.DeleteAsync("kv/text"));
        Assert.False(await client.Kv.DeleteAsync("kv/text"));
        Assert.Null(await client.Kv.GetAsync("kv/text"));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_range_is_limited_sorted_and_counted(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        foreach (string name in new[] { "c", "a", "b" })
            await client.Kv.PutAsync($"range/{name}", name);
        RangeResult newest = await client.Kv.RangeAsync(KeyRange.Prefix("range/"), new RangeOptions { Sort = SortBy.ModRevision, Descending = true, Limit = 2 });
        Assert.Equal(["range/b", "range/a"], newest.Items.Select(item => item.KeyText));
        Assert.Equal((3, true), (newest.Count, newest.More));
        RangeResult keys = await client.Kv.RangeAsync(KeyRange.Between("range/a", "range/c"), new RangeOptions { KeysOnly = true });
        Assert.Equal(["range/a=", "range/b="], keys.Items.Select(item => $"{item.KeyText}={item.ValueText}"));
        Assert.Equal(3, (await client.Kv.RangeAsync(KeyRange.Prefix("range/"), new RangeOptions { CountOnly = true })).Count);
        DeleteResult deleted = await client.Kv.DeleteAsync(KeyRange.Prefix("range/"), previous: true);
        Assert.Equal((3, "a b c"), (deleted.Deleted, string.Join(' ', deleted.Previous.Select(item => item.ValueText))));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_scan_sees_one_revision_whatever_happens_between_its_pages(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        for (int i = 0; i < 7; i++)
            await client.Kv.PutAsync($"scan/{i}", "old");
        List<string> seen = [];
        await foreach (KeyValue item in client.Kv.ScanAsync(KeyRange.Prefix("scan/"), new RangeOptions { Limit = 2 }))
        {
            seen.Add($"{item.KeyText}={item.ValueText}");
            await client.Kv.PutAsync("scan/5", "new");
            await client.Kv.PutAsync("scan/9", "new");
        }
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"scan/{i}=old"), seen);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task A_transaction_takes_one_branch_at_one_revision(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        Txn Claim(string owner) => client.Kv.Txn()
            .If(Condition.Missing("txn/owner"))
            .Then(Operation.Put("txn/owner", owner), Operation.Put("txn/count", "1"))
            .Else(Operation.Get("txn/owner"), Operation.Nested(client.Kv.Txn().If(Condition.Value("txn/owner", Comparison.Equal, "first")).Then(Operation.Delete("txn/count"))));
        TxnResult first = await Claim("first").CommitAsync();
        Assert.True(first.Succeeded);
        TxnResult second = await Claim("second").CommitAsync();
        Assert.False(second.Succeeded);
        KeyValue owner = second.Results[0].Value!;
        Assert.Equal(("first", first.Revision), (owner.ValueText, owner.ModRevision));
        Assert.Equal(1, second.Results[1].Nested.Results[0].Delete.Deleted);
        Assert.Throws<InvalidOperationException>(() => second.Results[0].Put);
        Assert.True((await client.Kv.Txn().If(Condition.Unchanged(owner), Condition.Exists("txn/owner")).Then(Operation.Put("txn/owner", "third")).CommitAsync()).Succeeded);
        Assert.False((await client.Kv.Txn().If(Condition.Unchanged(owner)).CommitAsync()).Succeeded);
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Refusals_have_etcds_code_and_text(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        CallException empty = await Assert.ThrowsAsync<CallException>(() => client.Kv.PutAsync("", "x"));
        Assert.Equal((EtcdErrors.EmptyKey.Code, EtcdErrors.EmptyKey.Message), (empty.Code, empty.Message));
        CallException future = await Assert.ThrowsAsync<CallException>(() => client.Kv.GetAsync("x", new RangeOptions { Revision = long.MaxValue }));
        Assert.Equal((EtcdErrors.FutureRevision.Code, EtcdErrors.FutureRevision.Message), (future.Code, future.Message));
        CallException large = await Assert.ThrowsAsync<CallException>(() => client.Kv.PutAsync("x", new byte[3 << 20]));
        Assert.Equal((StatusCode.ResourceExhausted, true, "trying to send message larger than max (3145736 vs. 2097152)"), (large.Code, large.NeverSent, large.Message));
        // Above the server's limit, below the client's.
        CallException tooLarge = await Assert.ThrowsAsync<CallException>(() => client.Kv.PutAsync("x", new byte[1_700_000]));
        Assert.Equal(EtcdErrors.RequestTooLarge.Message, tooLarge.Message);
        Assert.Null(await client.Kv.GetAsync("x"));
    }

    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Large_values_come_and_go(ServerKind kind)
    {
        await using TenetClient client = await servers.ClientAsync(kind);
        byte[] value = new byte[1_200_000];
        Random.Shared.NextBytes(value);
        for (int i = 0; i < 4; i++)
            await client.Kv.PutAsync($"large/{i}", value);
        RangeResult all = await client.Kv.RangeAsync(KeyRange.Prefix("large/"));
        Assert.All(all.Items, item => Assert.True(item.Value.Span.SequenceEqual(value)));
        await client.Kv.DeleteAsync(KeyRange.Prefix("large/"));
    }
}
