using System.Text;
using Tenet.Foundation.Files;
using Tenet.Raft;
using Tenet.Tests;

namespace Tenet.Wal.Tests;

/// <summary>The log and snapshot files that real etcd wrote, and real etcd on the log that Tenet wrote.</summary>
public sealed class RealEtcdTests : IDisposable
{
    private const int Keys = 60;

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("tenet-wal-").FullName;

    private string Data => _directory + "/n1.etcd";

    private string Wal => Data + "/member/wal";

    private string Snap => Data + "/member/snap";

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    [RealEtcdFact]
    public void What_real_etcd_wrote_until_it_was_killed_is_read_whole()
    {
        RunRealMember("--snapshot-count", "20");

        IReadOnlyList<WalSnapshot> valid = WriteAheadLog.ValidSnapshots(OsFileSystem.Instance, Wal);
        Assert.True(valid.Count >= 3, $"{valid.Count} snapshots");
        foreach (WalSnapshot from in valid)
        {
            HardState verified = WriteAheadLog.Verify(OsFileSystem.Instance, Wal, from);
            WalRecovery found = WriteAheadLog.Open(OsFileSystem.Instance, Wal, from, new WalOptions());
            using WriteAheadLog log = found.Log;
            Assert.True(found.FoundSnapshot);
            Assert.False(found.Repaired);
            Assert.Equal(verified, found.HardState);
            Assert.InRange(found.Metadata.Length, 4, 22);
            for (int i = 0; i < found.Entries.Count; i++)
                Assert.Equal(from.Index + 1 + (ulong)i, found.Entries[i].Index);
            if (from.Index > 0)
                continue;

            string all = string.Join(' ', found.Entries.Select(entry => Encoding.Latin1.GetString(entry.Data.Span)));
            for (int key = 1; key <= Keys; key++)
                Assert.Contains($"key-{key:d3}", all, StringComparison.Ordinal);
            Assert.Equal(EntryType.ConfChange, found.Entries[0].Type);
        }

        Snapshot newest = new SnapshotFiles(OsFileSystem.Instance, Snap).Load(valid)!;
        Assert.Equal(valid[^1].Index, newest.Index);
        Assert.Equal(valid[^1].ConfState, newest.ConfState);
        Assert.StartsWith("{\"Root\":", Encoding.UTF8.GetString(newest.Data.Span), StringComparison.Ordinal);
    }

    [RealEtcdFact]
    public void Real_etcd_replays_a_log_that_was_rewritten_in_small_segments()
    {
        (int client, int peer) = RunRealMember();
        RewriteLog(WalSnapshot.Beginning, 800);
        Assert.True(System.IO.Directory.GetFiles(Wal, "*.wal").Length > 5);

        // Without db it has nothing but the log.
        System.IO.Directory.Delete(Snap, recursive: true);
        CheckRealMember(client, peer);
    }

    [RealEtcdFact]
    public void Real_etcd_starts_from_a_snapshot_and_the_log_after_it_both_rewritten()
    {
        (int client, int peer) = RunRealMember("--snapshot-count", "20");
        IReadOnlyList<WalSnapshot> valid = WriteAheadLog.ValidSnapshots(OsFileSystem.Instance, Wal);
        var files = new SnapshotFiles(OsFileSystem.Instance, Snap);
        Snapshot newest = files.Load(valid)!;
        RewriteLog(valid[^1], 1000);
        foreach (string path in System.IO.Directory.GetFiles(Snap, "*.snap"))
            File.Delete(path);
        files.Save(newest);
        CheckRealMember(client, peer, "--snapshot-count", "20");

        // What real etcd appended to it can be read again.
        Assert.True(WriteAheadLog.ValidSnapshots(OsFileSystem.Instance, Wal).Count >= 2);
        using WriteAheadLog log = WriteAheadLog.Open(OsFileSystem.Instance, Wal, valid[^1], new WalOptions()).Log;
    }

    private (int Client, int Peer) RunRealMember(params string[] flags)
    {
        (int client, int peer) = RealEtcd.FreePorts();
        using var etcd = new RealEtcd(Data, client, peer, flags);
        etcd.Control("", "endpoint", "health");

        // One program run for many keys: a transaction's puts all go into one entry, so several transactions.
        for (int key = 1; key <= Keys; key++)
        {
            if (key % 2 == 0)
                etcd.Control("", "put", $"key-{key:d3}", $"value of {key}");
            else
                etcd.Control($"\nput key-{key:d3} \"value of {key}\"\n\n\n", "txn");
        }

        etcd.Kill();
        return (client, peer);
    }

    private void CheckRealMember(int client, int peer, params string[] flags)
    {
        using var etcd = new RealEtcd(Data, client, peer, flags);
        string found = etcd.Control("", "get", "key-", "--prefix");
        for (int key = 1; key <= Keys; key++)
            Assert.Contains($"key-{key:d3}\nvalue of {key}\n", found, StringComparison.Ordinal);
        etcd.Control("", "put", "after", "x");
        Assert.Equal("after\nx\n", etcd.Control("", "get", "after"));
    }

    /// <summary>Reads the log from the snapshot and writes it anew, a few entries at a time.</summary>
    private void RewriteLog(WalSnapshot from, long segmentBytes)
    {
        WalRecovery found = WriteAheadLog.Open(OsFileSystem.Instance, Wal, from, new WalOptions());
        found.Log.Dispose();
        System.IO.Directory.Delete(Wal, recursive: true);
        using WriteAheadLog log = WriteAheadLog.Create(
            OsFileSystem.Instance, Wal, found.Metadata.Span, new WalOptions { SegmentBytes = segmentBytes });
        if (from.Index > 0)
            log.SaveSnapshot(from);
        for (int i = 0; i < found.Entries.Count; i += 3)
        {
            List<Entry> entries = found.Entries[i..Math.Min(i + 3, found.Entries.Count)];
            log.Save(found.HardState with { Commit = Math.Min(found.HardState.Commit, entries[^1].Index) }, entries);
        }

        log.Save(found.HardState, []);
    }
}
