using Google.Protobuf;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Alarms;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Backends;
using Tenet.State.Leases;
using Tenet.State.Members;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Apply;

/// <summary>A member's whole state on a simulated disk, and short words for entries.</summary>
internal sealed class StateFixture : IDisposable
{
    private readonly SimFileSystem _files;
    private readonly long _quotaBytes;
    private readonly LessorOptions _lessorOptions;

    public StateFixture(long quotaBytes = 0, LessorOptions? lessor = null, SimFileSystem? files = null)
    {
        _quotaBytes = quotaBytes;
        _lessorOptions = lessor ?? new LessorOptions();
        _files = files ?? new SimFileSystem();
        _files.CreateDirectory("/member");
        Backend = Backend.Open(_files, "/member/db", new BackendOptions());
        Lessor = new Lessor(Backend, _lessorOptions);
        Store = MvccStore.Restore(Backend, Lessor, SequentialRunner.Instance);
        Alarms = new AlarmStore(Backend);
        Members = new MemberStore(Backend);
        Auth = new AuthStore(Backend);
        Applier = new Applier(
            Backend,
            Store,
            new KvExecutor(Store, Lessor),
            Lessor,
            Alarms,
            Members,
            Auth,
            new Quota(Backend, quotaBytes),
            new ApplierOptions { ServerVersion = new Version(3, 7, 1) });
        Index = Backend.ConsistentIndex;
    }

    public SimFileSystem Files => _files;

    public Backend Backend { get; }

    public MvccStore Store { get; }

    public Lessor Lessor { get; }

    public AlarmStore Alarms { get; }

    public MemberStore Members { get; }

    public AuthStore Auth { get; }

    public Applier Applier { get; }

    /// <summary>The index of the last entry given to the applier.</summary>
    public ulong Index { get; private set; }

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Commits, closes and opens again what is on the disk.</summary>
    public StateFixture Reopen()
    {
        Backend.CommitNow();
        Backend.Dispose();
        return new StateFixture(_quotaBytes, _lessorOptions, _files) { Now = Now };
    }

    public ApplyOutcome Apply(InternalRaftRequest request, bool hasWaiter = true) => Applier.Apply(++Index, 2, request, hasWaiter, Now);

    public ApplyOutcome Apply(InternalRaftRequest? request, ulong index) => Applier.Apply(Index = index, 2, request, hasWaiter: true, Now);

    public ApplyOutcome Put(string key, string value, long lease = 0) => Apply(new InternalRaftRequest
    {
        Put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease },
    });

    public ApplyOutcome Delete(string key, string end = "") => Apply(new InternalRaftRequest
    {
        DeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) },
    });

    public ApplyOutcome Grant(long id, long ttl) => Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = ttl } });

    public ApplyOutcome Revoke(long id) => Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = id } });

    public ApplyOutcome Compact(long revision) => Apply(new InternalRaftRequest { Compaction = new CompactionRequest { Revision = revision } });

    public ApplyOutcome Alarm(AlarmRequest.Types.AlarmAction action, AlarmType type, ulong member = 1) => Apply(new InternalRaftRequest
    {
        Alarm = new AlarmRequest { Action = action, Alarm = type, MemberID = member },
    });

    /// <summary>The value of a key now, or null.</summary>
    public string? Get(string key) =>
        Store.TryGetAt(System.Text.Encoding.UTF8.GetBytes(key), 0, out ReadOnlyMemory<byte> pair)
            ? Protocol.Mvccpb.KeyValue.Parser.ParseFrom(pair.Span).Value.ToStringUtf8()
            : null;

    /// <summary>A record of the backend as hexadecimal, or null.</summary>
    public string? Stored(Bucket bucket, ReadOnlySpan<byte> key)
    {
        using BackendRead read = Backend.OpenRead();
        return read.TryGet(bucket, key, out ReadOnlySpan<byte> value) ? Convert.ToHexStringLower(value) : null;
    }

    /// <summary>What a leader in this state would send now: everything committed, as a file.</summary>
    public byte[] Image()
    {
        Backend.CommitNow();
        using BackendImage image = Backend.OpenImage();
        return ReadAll(image);
    }

    public static byte[] ReadAll(BackendImage image)
    {
        var bytes = new byte[image.Length];
        for (int position = 0; position < bytes.Length;)
        {
            int count = image.Read(bytes.AsSpan(position));
            Assert.NotEqual(0, count);
            position += count;
        }

        return bytes;
    }

    /// <summary>Puts a received image beside the db file, complete and durable.</summary>
    public string Receive(ReadOnlySpan<byte> image)
    {
        const string Path = "/member/0000000000000009.snap.db";
        using IFile file = _files.Open(Path, FileOpenMode.Truncate, FileAccess.ReadWrite);
        file.Write(image, 0);
        file.Sync();
        _files.SyncDirectory("/member");
        return Path;
    }

    /// <summary>What the leader's snapshot itself would carry.</summary>
    public byte[] Document() => V2StoreDocument.Write(Members.Current);

    /// <summary>Installs what a leader has sent.</summary>
    public ApplyEffects Install(ReadOnlySpan<byte> image, StateFixture leader)
    {
        ApplyEffects effects = Applier.Install(Receive(image), leader.Index, leader.Document(), SequentialRunner.Instance);
        Index = Backend.ConsistentIndex;
        return effects;
    }

    public void Dispose() => Backend.Dispose();
}
