using System.Globalization;
using System.Text;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Interop.Tests.History;

/// <summary>One random history sent to real etcd and to Tenet: the same revisions, the same answers, the same hashes.</summary>
public sealed class RandomHistoryTests
{
    private const int Steps = 1500;

    [InteropFact]
    public Task A_random_history_gives_the_same_answers() => CompareAsync(20_261_122);

    /// <summary>TENET_HISTORY_SEED chooses another seed.</summary>
    [InteropFact]
    [Trait("Run", "Long")]
    public Task A_second_random_history_gives_the_same_answers() =>
        CompareAsync(ulong.TryParse(Environment.GetEnvironmentVariable("TENET_HISTORY_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : 77);

    private static async Task CompareAsync(ulong seed)
    {
        using Scratch scratch = new();
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]);
        ServerPair pair = new(etcd, subject);
        SeededRandom random = new(seed);
        RandomRequests requests = new(random);
        long compacted = 0;
        for (int step = 0; step < Steps; step++)
        {
            pair.Place = $"seed {seed}, step {step}";
            requests.Revision = pair.Revision;
            compacted = await StepAsync(pair, requests, random, compacted);
        }
        Assert.Equal(await etcd.Client.SummaryAsync(), await subject.Client.SummaryAsync());
        Assert.Equal(await HistoryAsync(etcd, compacted, pair.Revision), await HistoryAsync(subject, compacted, pair.Revision));
    }

    /// <summary>One request; the answer is the compacted revision after it.</summary>
    private static async Task<long> StepAsync(ServerPair pair, RandomRequests requests, SeededRandom random, long compacted)
    {
        switch (random.Next(100))
        {
            case < 35:
                PutRequest put = requests.Put();
                await pair.CallAsync(put, client => client.PutAsync(put));
                break;
            case < 45:
                DeleteRangeRequest delete = requests.Delete();
                await pair.CallAsync(delete, client => client.DeleteAsync(delete));
                break;
            case < 65:
                TxnRequest txn = requests.Txn(2);
                await pair.CallAsync(txn, client => client.TxnAsync(txn));
                break;
            case < 88:
                RangeRequest range = requests.Range();
                await pair.CallAsync(range, client => client.RangeAsync(range));
                break;
            case < 92:
                LeaseGrantRequest grant = new() { ID = requests.Lease(), TTL = 3600 };
                await pair.CallAsync(grant, client => client.GrantAsync(grant.ID, grant.TTL));
                break;
            case < 94:
                LeaseRevokeRequest revoke = new() { ID = requests.Lease() };
                await pair.CallAsync(revoke, client => client.RevokeAsync(revoke.ID));
                break;
            case < 96:
                CompactionRequest compaction = new() { Revision = pair.Revision - random.Next(100) };
                await pair.CallAsync(compaction, client => client.CompactAsync(compaction.Revision));
                return Math.Max(compacted, compaction.Revision);
            default:
                HashKVRequest hash = new() { Revision = random.Chance(0.4) ? 0 : Math.Max(0, compacted + random.Next(20) - 3) };
                await pair.CallAsync(hash, client => client.HashKvAsync(hash.Revision));
                break;
        }
        return compacted;
    }

    /// <summary>All events since the compaction, as a watch from there tells them.</summary>
    private static async Task<string> HistoryAsync(ServerProcess server, long from, long to)
    {
        using GrpcStream<WatchRequest, WatchResponse> watch = server.Client.Watch();
        watch.Send(new WatchRequest { CreateRequest = new() { Key = EtcdClient.Zero, RangeEnd = EtcdClient.Zero, StartRevision = Math.Max(1, from), PrevKv = true } });
        StringBuilder events = new();
        for (long seen = 0; seen < to;)
        {
            WatchResponse response = await watch.ReadAsync() ?? throw new InvalidOperationException("the watch ended");
            Assert.False(response.Canceled, response.ToString());
            foreach (Event happened in response.Events)
            {
                events.AppendLine(happened.ToString());
                seen = happened.Kv.ModRevision;
            }
        }
        return events.ToString();
    }
}
