using Google.Protobuf;
using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>One bit of a value changes on one member's disk: it is noticed, the member is named, and nobody writes on until it is repaired.</summary>
public sealed class CorruptionTests
{
    /// <summary>How often the leader compares.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);

    [InteropTheory]
    [ThoroughData(Composition.TTT, 2)]
    [ThoroughData(Composition.TTN, 2)]
    [InlineData(Composition.TTN, 0)]
    [Trait("Run", "Long")]
    public Task The_member_whose_data_differ_is_named_after_a_compaction(string programs, int damagedOne) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots with { CompactHashCheckTime = Pace }, Composition.Programs(programs), async cluster =>
        {
            ClusterMember damaged = cluster.Members[damagedOne];
            byte[] where = await DamageAsync(cluster, damaged);
            await Services.WorkThroughAllAsync(cluster, "unnoticed");
            Assert.Equal("", await cluster.EtcdctlAsync("alarm", "list"));

            // etcd 3.5 accuses nobody when it leads: its alarm is that of member 0.
            await cluster.MoveLeaderAsync(cluster.Members[1]);
            Assert.Equal(0, (await cluster.Members[1].Client.CompactAsync((await damaged.StatusAsync()).Header.Revision)).Status);
            await IsAccusedAsync(cluster, damaged);
            await RefuseWritesAsync(cluster);
            await RepairAsync(cluster, damaged, where);
        });

    [InteropFact]
    [Trait("Run", "Long")]
    public Task The_member_whose_data_differ_is_named_by_any_leader_even_if_it_leads_itself() =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots with { CorruptCheckTime = Pace }, Composition.Programs(Composition.TTT), async cluster =>
        {
            ClusterMember damaged = cluster.Members[2];
            byte[] where = await DamageAsync(cluster, damaged);
            await IsAccusedAsync(cluster, damaged);
            foreach (ClusterMember leader in cluster.Members)
            {
                await cluster.MoveLeaderAsync(leader);
                await DisarmAsync(cluster, damaged);
                await IsAccusedAsync(cluster, damaged);
                await RefuseWritesAsync(cluster);
            }
            await RepairAsync(cluster, damaged, where);
        });

    /// <summary>Changes a bit of the last value while the member is stopped; it does not start if it looks, and does if it may not look. Where the bit is.</summary>
    private static async Task<byte[]> DamageAsync(Cluster cluster, ClusterMember damaged)
    {
        // Enough for a snapshot: without one etcd 3.5 does not know its peers yet when it looks, and asks nobody.
        await Services.FillAsync(cluster.Members[1], "kept", 120);
        await cluster.ConvergedAsync();
        await Cluster.StopAsync(damaged);
        byte[] where = FlipBit(damaged, null);

        damaged.MayFail = true;
        damaged.Launch(cluster.InitialCluster, "existing", LookFirst(damaged.Binary, true));
        Assert.Equal(1, await damaged.Program.EndsAsync());
        Assert.Contains($"{damaged.Id:x} found data inconsistency with peers", damaged.Program.Log);

        await damaged.RestartAsync(LookFirst(damaged.Binary, false));
        await cluster.LeaderAsync();
        return where;
    }

    private static async Task RepairAsync(Cluster cluster, ClusterMember damaged, byte[] where)
    {
        await Cluster.StopAsync(damaged);
        FlipBit(damaged, where);
        await damaged.RestartAsync(LookFirst(damaged.Binary, true));
        await cluster.LeaderAsync();
        await DisarmAsync(cluster, damaged);
        await Services.WorkThroughAllAsync(cluster, "repaired");
        await cluster.ConvergedAsync();
        Assert.Equal("", await cluster.EtcdctlAsync("alarm", "list"));
    }

    private static Task IsAccusedAsync(Cluster cluster, ClusterMember damaged) => Eventually.TrueAsync($"there is one alarm, and it names {damaged}", async complaint =>
    {
        // Not by etcdctl's output alone: what it prints depends on its version.
        foreach (ClusterMember member in cluster.Running)
        {
            AlarmResponse alarms = (await member.Client.AlarmsAsync()).Value;
            if (alarms.Alarms.Count == 0)
                return complaint.Note($"{member} knows of none");
            AlarmMember alarm = Assert.Single(alarms.Alarms);
            Assert.Equal((damaged.Id, AlarmType.Corrupt), (alarm.MemberID, alarm.Alarm));
        }
        Assert.Equal($"memberID:{damaged.Id} alarm:CORRUPT", (await cluster.EtcdctlAsync("alarm", "list")).Trim());
        return true;
    });

    private static async Task DisarmAsync(Cluster cluster, ClusterMember damaged) =>
        Assert.Contains($"memberID:{damaged.Id} alarm:CORRUPT", await cluster.EtcdctlAsync("alarm", "disarm"));

    private static async Task RefuseWritesAsync(Cluster cluster)
    {
        foreach (ClusterMember member in cluster.Running)
        {
            GrpcReply<PutResponse> put = await member.Client.PutAsync("kept/1", "overwritten");
            GrpcReply<DeleteRangeResponse> delete = await member.Client.DeleteAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8("kept/1") });
            GrpcReply<TxnResponse> txn = await member.Client.TxnAsync(new TxnRequest
            {
                Success = { new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("kept/1") } } },
            });
            GrpcReply<LeaseGrantResponse> grant = await member.Client.GrantAsync(0, 100);
            foreach ((int status, string text) in new[] { (put.Status, put.Text), (delete.Status, delete.Text), (txn.Status, txn.Text), (grant.Status, grant.Text) })
                Assert.Equal((member.Name, 15, "etcdserver: corrupt cluster"), (member.Name, status, text));
            Assert.Equal("x", (await Services.ReadAsync(member, "kept/1"))?[..1]);
        }
    }

    /// <summary>Flips the last bit of one value; of the last one, if <paramref name="where"/> is null.</summary>
    private static byte[] FlipBit(ClusterMember member, byte[]? where)
    {
        string path = Path.Combine(member.DataDirectory, "member", "snap", "db");
        using BoltDatabase database = BoltDatabase.Open(OsFileSystem.Instance, path, new BoltOptions());
        using BoltWriteTransaction write = database.BeginWrite();
        BoltBucket keys = write.Bucket("key"u8) ?? throw new InvalidOperationException("there is no bucket of keys");
        BoltCursor cursor = keys.Cursor();
        Assert.True(where is null ? cursor.Last() : cursor.Seek(where));
        byte[] found = cursor.Key.ToArray();
        Assert.Equal(where ?? found, found);
        byte[] value = cursor.Value.ToArray();
        value[^1] ^= 1;
        keys.Put(found, value);
        write.Commit();
        return found;
    }

    /// <summary>Whether a member compares its data with the others' before it goes on; on by default in Tenet.</summary>
    private static string LookFirst(ServerBinary binary, bool look) =>
        $"{(binary.IsEtcd ? "--experimental-initial-corrupt-check" : "--feature-gates=InitialCorruptCheck")}={(look ? "true" : "false")}";
}
