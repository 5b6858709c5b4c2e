using Google.Protobuf;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.State.Alarms;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using Tenet.Wal;

namespace Tenet.Utl.Tests.Support;

/// <summary>Makes the directory of a member on a simulated disk, entry by entry, with the parts that a member is made of.</summary>
internal sealed class SampleMember : IDisposable
{
    public const string Root = "/data/m.etcd";
    public const ulong Id = 0x2e1259d415f2a040;
    public const ulong Cluster = 0x48276a8f75b6a87;
    public const ulong Term = 2;

    private readonly WriteAheadLog _log;
    private readonly Lessor _lessor;
    private readonly MvccStore _store;
    private readonly Applier _applier;

    public SampleMember(SimFileSystem files)
    {
        Files = files;
        files.CreateDirectory(Directory.Snapshots);
        Backend = Backend.Open(files, Directory.Database, new BackendOptions());
        byte[] metadata = new Metadata { NodeID = Id, ClusterID = Cluster }.ToByteArray();
        _log = WriteAheadLog.Create(files, Directory.Wal, metadata, new WalOptions { SegmentBytes = 4096 });
        _lessor = new Lessor(Backend, new LessorOptions());
        _store = MvccStore.Restore(Backend, _lessor, SequentialRunner.Instance);
        Members = new MemberStore(Backend);
        _applier = new Applier(
            Backend,
            _store,
            new KvExecutor(_store, _lessor),
            _lessor,
            new AlarmStore(Backend),
            Members,
            new AuthStore(Backend),
            new Quota(Backend, 0),
            new ApplierOptions { ServerVersion = new Version(3, 7, 1) });
    }

    public static DataDirectory Directory { get; } = DataDirectory.Of(Root);

    public SimFileSystem Files { get; }

    public Backend Backend { get; }

    public MemberStore Members { get; }

    /// <summary>The index of the last entry.</summary>
    public ulong Index { get; private set; }

    /// <summary>A member that has founded a cluster, written some history, taken a snapshot and gone on; stopped.</summary>
    /// <param name="more">What else it did before it stopped.</param>
    public static SimFileSystem Stopped(Action<SampleMember>? more = null)
    {
        var files = new SimFileSystem();
        using (var member = new SampleMember(files))
        {
            member.Found();
            for (int i = 0; i < 60; i++)
                member.Put($"key{i % 20}", new string('v', 100));
            member.Delete("key3");
            member.Put("key3", "again");
            member.TakeSnapshot();
            for (int i = 0; i < 40; i++)
                member.Put($"later{i % 7}", new string('w', 100));
            more?.Invoke(member);
        }

        files.MakeDurable();
        return files;
    }

    /// <summary>The first entries of a cluster of one.</summary>
    public void Found()
    {
        Change(ConfChangeType.AddNode, new ClusterMember(Id, ["http://127.0.0.1:2380"], false, "m", []));
        Append(null);
        Append(new InternalRaftRequest
        {
            ClusterMemberAttrSet = new ClusterMemberAttrSetRequest { MemberID = Id, MemberAttributes = new Attributes { Name = "m", ClientUrls = { "http://127.0.0.1:2379" } } },
        });
        Append(new InternalRaftRequest { ClusterVersionSet = new ClusterVersionSetRequest { Ver = "3.5.0" } });
    }

    public void Put(string key, string value, long lease = 0) => Append(new InternalRaftRequest
    {
        Put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease },
    });

    public void Delete(string key) => Append(new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) } });

    public void Grant(long lease) => Append(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = lease, TTL = 600 } });

    public void Raise(AlarmType alarm) => Append(new InternalRaftRequest
    {
        Alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = alarm, MemberID = Id },
    });

    /// <summary>Compacts, and finishes it.</summary>
    public void Compact(long revision)
    {
        Append(new InternalRaftRequest { Compaction = new CompactionRequest { Revision = revision } });
        while (_store.RunCompactionBatch(1000))
        {
            // Until all is gone.
        }
    }

    /// <summary>Changes the membership, in the log and in the database.</summary>
    public void Change(ConfChangeType type, ClusterMember member)
    {
        bool promotes = type == ConfChangeType.AddNode && Members.Current.Find(member.Id) is not null;
        byte[] context = type == ConfChangeType.RemoveNode ? [] : promotes ? MemberJson.WritePromotion(member.Id) : MemberJson.Write(member);
        Save(new Entry(Term, Index + 1, EntryType.ConfChange, RaftCodec.ToBytes(new ConfChange(1, type, member.Id, context))));
        Assert.Null(_applier.ApplyChange(Index, Term, new MemberChange((MemberChangeKind)type, member.Id, context)));
    }

    /// <summary>Appends an entry and applies it.</summary>
    public void Append(InternalRaftRequest? request)
    {
        Save(new Entry(Term, Index + 1, EntryType.Normal, request?.ToByteArray() ?? []));
        _applier.Apply(Index, Term, request, hasWaiter: true, TimeSpan.FromHours(1));
    }

    /// <summary>Appends an entry that is not applied.</summary>
    public void Save(in Entry entry)
    {
        Index = entry.Index;
        _log.Save(new HardState(Term, Id, Index), [entry]);
    }

    /// <summary>Commits the database and records a snapshot of it, as a member does.</summary>
    public void TakeSnapshot()
    {
        Backend.CommitNow();
        var confState = new ConfState(Members.Current.Voters, Members.Current.Learners);
        new SnapshotFiles(Files, Directory.Snapshots).Save(new Snapshot(Index, Term, confState, V2StoreDocument.Write(Members.Current)));
        _log.SaveSnapshot(new WalSnapshot(Index, Term, confState));
    }

    public void Dispose()
    {
        Backend.CommitNow();
        Backend.Dispose();
        _log.Dispose();
    }
}
