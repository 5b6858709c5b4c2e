using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Server;
using Tenet.Server.Loops;
using Tenet.Server.Tests.Support;
using Tenet.State.Apply;
using Tenet.State.Mvcc;
using LeaseRecord = Tenet.Protocol.Leasepb.Lease;
using Member = Tenet.Server.Member;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// The whole data directory of a member: records of its database exchanged for others, files damaged or missing. The member starts and serves what is there, or
/// says which file or record is wrong; it never fails in any other way.
/// </summary>
internal sealed class RestartTarget : FuzzTarget
{
    private const int RoundsMax = 400;
    private const string DatabasePath = "/data/member/snap/db";

    private static readonly (string Bucket, MessageDescriptor? Value)[] Buckets =
    [
        ("key", KeyValue.Descriptor), ("lease", LeaseRecord.Descriptor), ("alarm", AlarmMember.Descriptor), ("authUsers", User.Descriptor),
        ("authRoles", Role.Descriptor), ("auth", null), ("members", null), ("members_removed", null), ("cluster", null), ("meta", null),
    ];

    private static readonly byte[][] Keys =
    [
        "scheduledCompactRev"u8.ToArray(), "finishedCompactRev"u8.ToArray(), "consistent_index"u8.ToArray(), "term"u8.ToArray(), "confState"u8.ToArray(),
        "storageVersion"u8.ToArray(), "clusterVersion"u8.ToArray(), "downgrade"u8.ToArray(), "authEnabled"u8.ToArray(), "authRevision"u8.ToArray(),
        [0, 0, 0, 0, 0, 0, 0, 2, (byte)'_', 0, 0, 0, 0, 0, 0, 0, 0],
    ];

    private static readonly MemberOptions Options = new()
    {
        Name = "n1",
        DataDirectory = "/data",
        InitialCluster = [new InitialMember("n1", ["http://127.0.0.1:12380"])],
        AdvertisePeerUrls = ["http://127.0.0.1:12380"],
        AdvertiseClientUrls = ["http://127.0.0.1:12379"],
        BcryptCost = 4,
    };

    private readonly SimFileSystem _sound = Make();

    public override string Summary => "a member's whole directory: records of the database exchanged, files damaged or missing";

    public override int CasesInTests => 150;

    public override void Run(SeededRandom random)
    {
        SimFileSystem disk = _sound.Clone();
        string what = random.Chance(0.75) ? ExchangeRecords(random, disk) : DamageFile(random, disk);
        try
        {
            using Life life = Life.Begin(disk);
            life.Use();
        }
        catch (Exception refusal) when (refusal is CorruptionException or MemberStartException or UnsupportedEntryException or InvariantException)
        {
            // Said in so many words; a broken invariant stops the member with a line of its own.
        }
        catch (Exception failure)
        {
            throw new FuzzFailedException(what, failure);
        }
    }

    private static string ExchangeRecords(SeededRandom random, SimFileSystem disk)
    {
        using BoltDatabase database = BoltDatabase.Open(disk, DatabasePath, new BoltOptions { LockTimeout = TimeSpan.Zero });
        using BoltWriteTransaction write = database.BeginWrite();
        string what = "";
        for (int times = 1 + random.Next(3); times > 0; times--)
        {
            (string name, MessageDescriptor? type) = Buckets[random.Next(Buckets.Length)];
            BoltBucket bucket = write.CreateBucketIfMissing(System.Text.Encoding.ASCII.GetBytes(name));
            List<(byte[] Key, byte[] Value)> records = Records(bucket);
            (byte[] key, byte[] value) = records.Count > 0 ? records[random.Next(records.Count)] : (Keys[random.Next(Keys.Length)], []);
            switch (random.Next(5))
            {
                case 0:
                    bucket.Delete(key);
                    value = [];
                    break;
                case 1:
                    key = random.Chance(0.5) ? Keys[random.Next(Keys.Length)] : ByteMutator.Damage(random, key);
                    break;
                case 2 when type is not null:
                    value = WireMutator.Damage(random, MessageGenerator.Make(random, type).ToByteArray());
                    break;
                case 3 when type is not null:
                    value = WireMutator.Damage(random, value);
                    break;
                default:
                    value = ByteMutator.Damage(random, value);
                    break;
            }

            key = key.Length == 0 ? [0] : key;
            what += $"{name} {Convert.ToHexStringLower(key)} = {Convert.ToHexStringLower(value)}\n";
            if (value.Length > 0 || random.Chance(0.3))
                bucket.Put(key, value);
        }

        write.Commit();
        return what;
    }

    private static List<(byte[] Key, byte[] Value)> Records(BoltBucket bucket)
    {
        List<(byte[] Key, byte[] Value)> records = [];
        BoltCursor cursor = bucket.Cursor();
        for (bool more = cursor.First(); more; more = cursor.Next())
            records.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
        return records;
    }

    private static string DamageFile(SeededRandom random, SimFileSystem disk)
    {
        string[] files = ["/data/member/wal", "/data/member/snap"];
        string[] paths = [.. files.SelectMany(folder => disk.List(folder).Select(name => $"{folder}/{name}"))];
        string path = paths[random.Next(paths.Length)];
        if (random.Chance(0.2))
        {
            disk.DeleteFile(path);
            return $"{path} missing";
        }

        disk.WriteFile(path, ByteMutator.Damage(random, disk.ReadFile(path)));
        return $"{path} damaged";
    }

    /// <summary>Starts the member on a disk, and ends it.</summary>
    public static void Start(SimFileSystem disk) => Life.Begin(disk).Dispose();

    /// <summary>The disk of a member that has seen a little of everything.</summary>
    public static SimFileSystem Make()
    {
        SimFileSystem disk = new();
        using (Life life = Life.Begin(disk))
        {
            life.Run(life.Member.Ready);
            ByteString Text(string text) => ByteString.CopyFromUtf8(text);
            for (int i = 0; i < 20; i++)
                life.Run(life.Member.Kv.Put(new PutRequest { Key = Text($"k{i % 7}"), Value = Text($"v{i}") }, life.Call).AsTask());
            life.Run(life.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 600 }, life.Call).AsTask());
            life.Run(life.Member.Kv.Put(new PutRequest { Key = Text("leased"), Lease = 7 }, life.Call).AsTask());
            life.Run(life.Member.Kv.DeleteRange(new DeleteRangeRequest { Key = Text("k1") }, life.Call).AsTask());
            life.Run(life.Member.Kv.Compact(new CompactionRequest { Revision = 9 }, life.Call).AsTask());
            life.Run(life.Member.Auth.RoleAdd(new AuthRoleAddRequest { Name = "root" }, life.Call).AsTask());
            life.Run(life.Member.Auth.UserAdd(new AuthUserAddRequest { Name = "root", Password = "pw" }, life.Call).AsTask());
            life.Run(life.Member.Auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "root", Role = "root" }, life.Call).AsTask());
        }

        disk.MakeDurable();
        return disk;
    }

    /// <summary>One life of the member, whose loops run on this thread.</summary>
    private sealed class Life : IDisposable
    {
        private readonly VirtualClock _clock = new();

        private Life(SimFileSystem disk)
        {
            SynchronizationContext.SetSynchronizationContext(null);
            Task<Member> opening = Member.OpenAsync(Options, new MemberSeams
            {
                Files = disk,
                Clock = _clock,
                Random = new SeededRandom(1),
                CompleteOnPool = false,
                BackendLockTimeout = TimeSpan.Zero,
                WalSegmentBytes = 64 * 1024,
            });
            Member = opening.GetAwaiter().GetResult();
        }

        public Member Member { get; }

        public TestCall Call { get; } = new();

        public static Life Begin(SimFileSystem disk) => new(disk);

        /// <summary>Runs the loops until the task has completed.</summary>
        /// <returns>False if it has not after so many rounds.</returns>
        public bool Run(Task task, int roundsMax = int.MaxValue)
        {
            for (int round = 0; round < roundsMax && !task.IsCompleted; round++)
            {
                bool worked = false;
                foreach (ITurn turn in Member.Turns)
                    worked |= turn.RunTurn();
                if (worked)
                    continue;
                _clock.Advance(TimeSpan.FromMilliseconds(10));
                // What the pool has a part in.
                if (round > RoundsMax / 2)
                    Thread.Sleep(1);
            }

            if (task.IsCompleted)
                task.GetAwaiter().GetResult();
            return task.IsCompleted;
        }

        /// <summary>Reads and writes what there is.</summary>
        public void Use()
        {
            // A member that its own records do not know leads nothing.
            if (!Run(Member.Ready, RoundsMax))
                return;
            Allow(() => Member.Kv.Range(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Serializable = true }, Call).AsTask());
            Allow(() => Member.Kv.Put(new PutRequest { Key = ByteString.CopyFromUtf8("k2"), PrevKv = true }, Call).AsTask());
            Allow(() => Member.Auth.UserGet(new AuthUserGetRequest { Name = "root" }, Call).AsTask());
            Allow(() => Member.Maintenance.HashKv(new HashKVRequest(), Call).AsTask());
        }

        public void Dispose()
        {
            Call.Dispose();
            Member.StopAsync().GetAwaiter().GetResult();
        }

        private void Allow<T>(Func<Task<T>> call)
        {
            try
            {
                Task<T> task = call();
                if (Run(task, RoundsMax) && task.Result is RangeResult result)
                    result.Dispose();
            }
            catch (RefusalException)
            {
                // Auth may be on now, the disk full, the member a learner.
            }
        }
    }
}
