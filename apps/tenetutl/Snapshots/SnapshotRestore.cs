using System.Security.Cryptography;
using Google.Protobuf;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server;
using Tenet.Server.Bootstrap;
using Tenet.State.Members;
using Tenet.Utl.Output;
using Tenet.Wal;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.Utl.Snapshots;

/// <summary>
/// Makes the directories of a new cluster's member out of a snapshot file (contract/storage.md, 7.3).
/// </summary>
/// <remarks>
/// All is built, and synced, under names that no member looks at. The last step gives <c>member</c> its name; a log outside of it gets its own just before. A crash
/// leaves either a whole member or none: what is left besides is removed by the next restore. (A log with its name and no <c>member</c> is refused by whoever
/// starts on it, since the log speaks of a snapshot that is not there.)
/// </remarks>
internal sealed class SnapshotRestore(IFileSystem files, ILog log, IProgressLine progress)
{
    private const string Building = ".restoring";
    private const int ChecksumBytes = SHA256.HashSizeInBytes;
    private const int SectorBytes = 512;
    private const ulong Term = 1;

    /// <exception cref="UtlException">It cannot be done; the message is etcdutl's. No <c>member</c> directory is left.</exception>
    public async Task RunAsync(RestoreOptions options)
    {
        InitialMap map = await FoundAsync(options);
        DataDirectory target = DataDirectory.Of(options.DataDirectory, options.WalDirectory);
        RequireEmpty(target, options.WalDirectory);
        LogField[] places =
        [
            new("path", options.Snapshot),
            new("wal-dir", target.Wal),
            new("data-dir", target.Root),
            new("snap-dir", target.Snapshots),
            new("initial-memory-map-size", options.InitialMapBytes),
        ];
        log.Info("restoring snapshot", places);
        bool walIsWithin = options.WalDirectory.Length == 0;
        string member = target.Member + Building;
        string wal = walIsWithin ? Path.Combine(member, "wal") : target.Wal.TrimEnd('/') + Building;
        try
        {
            Build(options, map, member, wal);
            if (!walIsWithin)
                PutInPlace(wal, target.Wal);
            PutInPlace(member, target.Member);
        }
        catch
        {
            files.DeleteDirectory(member);
            files.DeleteDirectory(wal);
            throw;
        }

        log.Info("restored snapshot", places);
    }

    private async Task<InitialMap> FoundAsync(RestoreOptions options)
    {
        try
        {
            string[] advertised = [.. options.AdvertisePeerUrls.Split(',').Select(static url => EtcdUrl.Parse(url).Printed)];
            IReadOnlyList<InitialMember> founders = InitialMember.ParseList(options.InitialCluster);
            InitialMember self = founders.FirstOrDefault(member => member.Name == options.Name)
                ?? throw new UtlException($"couldn't find local name \"{options.Name}\" in the initial cluster configuration");
            var memberOptions = new MemberOptions { Name = options.Name, DataDirectory = options.DataDirectory, AdvertisePeerUrls = advertised };
            var seams = new MemberSeams { Files = files, Log = log, Random = new SeededRandom(0) };
            await new ClusterFounding(memberOptions, seams).RequireAdvertisedAsync(self);
            if (InitialMap.HasDuplicates(founders))
                throw new UtlException($"initial cluster {InitialMap.Text(founders)} has duplicate url");
            return InitialMap.Of(founders, options.Name, options.InitialClusterToken);
        }
        catch (Exception refused) when (refused is FormatException or MemberStartException)
        {
            throw new UtlException(refused.Message, refused);
        }
    }

    private void RequireEmpty(DataDirectory target, string walDirectory)
    {
        bool isThere = files.DirectoryExists(target.Root) || files.FileExists(target.Root);
        if (isThere && (!files.DirectoryExists(target.Root) || files.List(target.Root).Any(static name => name != "member" + Building)))
            throw new UtlException($"data-dir \"{target.Root}\" not empty or could not be read");
        if (walDirectory.Length > 0 && (files.DirectoryExists(walDirectory) || files.FileExists(walDirectory)))
            throw new UtlException($"wal-dir \"{walDirectory}\" exists");
    }

    private void Build(RestoreOptions options, InitialMap map, string member, string wal)
    {
        files.DeleteDirectory(member);
        files.DeleteDirectory(wal);
        string snapshots = Path.Combine(member, "snap");
        DurableDirectory.Create(files, snapshots);
        string database = Path.Combine(snapshots, "db");
        CopyDatabase(options, database);
        ulong lastIndex = (ulong)map.Members.Count;
        new RestoredDatabase(files, log).Found(database, options, map, lastIndex, Term);

        var confState = new ConfState([.. map.Members.Select(static founder => founder.Id)]);
        var cluster = new ClusterView(map.Members, [], null, DowngradeInfo.None);
        new SnapshotFiles(files, snapshots, log).Save(new Snapshot(lastIndex, Term, confState, V2StoreDocument.Write(cluster)));
        WriteLog(map, wal, new WalSnapshot(lastIndex, Term, confState), options.SegmentBytes);
        files.SyncDirectory(member);
    }

    private void CopyDatabase(RestoreOptions options, string target)
    {
        using IFile source = OpenSource(options.Snapshot);
        bool hasChecksum = source.Length % SectorBytes == ChecksumBytes;
        if (!hasChecksum && !options.SkipHashCheck)
            throw new UtlException("snapshot missing hash but --skip-hash-check=false");
        long length = hasChecksum ? source.Length - ChecksumBytes : source.Length;
        using IFile copy = files.Open(target, FileOpenMode.CreateNew, FileAccess.ReadWrite);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[1 << 20];
        for (long at = 0; at < length;)
        {
            int count = source.Read(piece.AsSpan(0, (int)Math.Min(piece.Length, length - at)), at);
            if (count == 0)
                throw new UtlException($"{options.Snapshot} ended while it was being read");
            sha256.AppendData(piece, 0, count);
            copy.Write(piece.AsSpan(0, count), at);
            at += count;
            progress.Report("copying", at, length);
        }

        copy.Sync();
        if (options.SkipHashCheck)
            return;
        byte[] expected = new byte[ChecksumBytes];
        source.Read(expected, length);
        byte[] found = sha256.GetHashAndReset();
        if (!expected.AsSpan().SequenceEqual(found))
            throw new UtlException($"expected sha256 {Text(expected)}, got {Text(found)}");
    }

    private IFile OpenSource(string path)
    {
        if (!files.FileExists(path))
            throw new UtlException($"open {path}: {(files.DirectoryExists(path) ? "is a directory" : "no such file or directory")}");
        return files.Open(path, FileOpenMode.Existing, FileAccess.Read);
    }

    private void WriteLog(InitialMap map, string directory, WalSnapshot snapshot, long segmentBytes)
    {
        if (Path.GetDirectoryName(directory) is { Length: > 0 } parent)
            DurableDirectory.Create(files, parent);
        byte[] metadata = new Metadata { NodeID = map.Self.Id, ClusterID = map.ClusterId }.ToByteArray();
        using WriteAheadLog wal = WriteAheadLog.Create(files, directory, metadata, new WalOptions { Log = log, SegmentBytes = segmentBytes });
        var entries = new List<Entry>();
        foreach (ClusterMember founder in map.Members)
        {
            var change = new ConfChange(null, ConfChangeType.AddNode, founder.Id, MemberJson.Write(founder));
            entries.Add(new Entry(Term, (ulong)entries.Count + 1, EntryType.ConfChange, RaftCodec.ToBytes(change)));
        }

        wal.Save(new HardState(Term, map.Members[0].Id, snapshot.Index), entries);
        wal.SaveSnapshot(snapshot);
    }

    private void PutInPlace(string built, string target)
    {
        files.Rename(built, target);
        files.SyncDirectory(Path.GetDirectoryName(target.TrimEnd('/')) is { Length: > 0 } parent ? parent : ".");
    }

    private static string Text(byte[] bytes) => $"[{string.Join(' ', bytes)}]";
}
