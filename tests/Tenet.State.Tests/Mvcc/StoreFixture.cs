using System.Text;
using Google.Protobuf;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

/// <summary>A store on a simulated disk, with short words for requests.</summary>
internal sealed class StoreFixture : IDisposable
{
    public const string Path = "/snap/db";

    public StoreFixture(IFileSystem? files = null, FakeLeases? leases = null, BackendOptions? options = null, string path = Path)
    {
        Files = files ?? NewDisk();
        Leases = leases ?? new FakeLeases();
        Backend = Backend.Open(Files, path, options ?? new BackendOptions());
        Store = MvccStore.Restore(Backend, Leases, SequentialRunner.Instance);
        Kv = new KvExecutor(Store, Leases);
    }

    public IFileSystem Files { get; }

    public FakeLeases Leases { get; }

    public Backend Backend { get; }

    public MvccStore Store { get; }

    public KvExecutor Kv { get; }

    public static SimFileSystem NewDisk()
    {
        var files = new SimFileSystem();
        files.CreateDirectory("/snap");
        files.SyncDirectory("/");
        return files;
    }

    public static ByteString Bytes(string text) => ByteString.CopyFrom(text, Encoding.Latin1);

    public long Put(string key, string value, long lease = 0)
    {
        Outcome<PutResponse> outcome = Kv.Execute(new PutRequest { Key = Bytes(key), Value = Bytes(value), Lease = lease });
        Assert.Null(outcome.Error);
        return outcome.Response!.Header.Revision;
    }

    public long Delete(string key, string end = "")
    {
        Outcome<DeleteRangeResponse> outcome = Kv.Execute(new DeleteRangeRequest { Key = Bytes(key), RangeEnd = Bytes(end) });
        Assert.Null(outcome.Error);
        return outcome.Response!.Deleted;
    }

    public RangeResponse Range(RangeRequest request)
    {
        Outcome<RangeResult> outcome = Kv.Range(request);
        Assert.Null(outcome.Error);
        using RangeResult result = outcome.Response!;
        return result.ToResponse();
    }

    public RangeResponse Get(string key, string end = "", long revision = 0) =>
        Range(new RangeRequest { Key = Bytes(key), RangeEnd = Bytes(end), Revision = revision });

    public string Keys(RangeRequest request) => string.Join(' ', Range(request).Kvs.Select(kv => kv.Key.ToString(Encoding.Latin1)));

    public void Compact(long revision, int batch = 1000)
    {
        Assert.Null(Store.StartCompaction(revision));
        FinishCompaction(batch);
    }

    public void FinishCompaction(int batch = 1000)
    {
        while (Store.RunCompactionBatch(batch))
        {
        }
    }

    public HashKvResult HashKv(long revision = 0)
    {
        Outcome<HashKvResult> outcome = Store.HashKv(revision);
        Assert.Null(outcome.Error);
        return outcome.Response!;
    }

    /// <summary>The store as it comes up again from what was committed.</summary>
    public StoreFixture Reopen()
    {
        Backend.CommitNow();
        Dispose();
        return new StoreFixture(Files, Leases);
    }

    public void Dispose()
    {
        Store.Dispose();
        Backend.Dispose();
    }
}
