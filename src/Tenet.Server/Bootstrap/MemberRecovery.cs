using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Maintenance;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// From a directory to what a member begins with (contract/storage.md, 2.15; contract/consensus.md, 6.3). A directory with a log is a
/// restart, whatever the options say of the cluster; without one a cluster is founded or joined.
/// </summary>
internal sealed class MemberRecovery(MemberOptions options, MemberSeams seams, IWalObserver observer)
{
    private readonly WalOptions _walOptions = new()
    {
        UnsafeNoFsync = options.UnsafeNoFsync,
        SegmentBytes = seams.WalSegmentBytes,
        Observer = observer,
        Log = seams.Log,
        Time = seams.Clock,
    };
    private readonly SnapshotFiles _snapshots = new(seams.Files, options.SnapshotDirectory, seams.Log);

    /// <summary>Asks other members first, if the member has yet to learn who it is; then the disk, on the thread that the last answer came on.</summary>
    /// <exception cref="MemberStartException">The member cannot start; nothing on disk was damaged by trying.</exception>
    /// <exception cref="CorruptionException">A file is damaged beyond what may be repaired.</exception>
    public async Task<RecoveredMember> RunAsync()
    {
        DataDirectory.Prepare(options, seams);
        try
        {
            _snapshots.RemoveLeftovers();
            return WriteAheadLog.Exists(seams.Files, options.EffectiveWalDirectory) ? Restart() : Begin(await StartAsync());
        }
        catch (Exception failure) when (failure is (IOException and not CorruptionException) or UnauthorizedAccessException)
        {
            throw new MemberStartException(failure.Message, failure);
        }
    }

    private Task<ClusterStart> StartAsync()
    {
        if (options.ForceNewCluster)
            seams.Log.Warn("--force-new-cluster is ignored: there is no write-ahead log", new LogField("wal-dir", options.EffectiveWalDirectory));
        return options.InitialClusterState == InitialClusterState.Existing
            ? new ClusterJoin(options, seams).JoinAsync()
            : new ClusterFounding(options, seams).FoundAsync();
    }

    private RecoveredMember Begin(ClusterStart start)
    {
        Backend backend = OpenBackend();
        try
        {
            CheckBackend(backend);
            // Its entries would count as applied until the new log has passed them.
            if (backend.ConsistentIndex > 0)
                throw new MemberStartException($"write-ahead log ({options.EffectiveWalDirectory}) of the database ({options.BackendPath}, index {backend.ConsistentIndex}) is missing");
            var metadata = new Metadata { NodeID = start.MemberId, ClusterID = start.ClusterId };
            WriteAheadLog log = WriteAheadLog.Create(seams.Files, options.EffectiveWalDirectory, metadata.ToByteArray(), _walOptions);
            LogStart(start.MemberId, start.ClusterId, null);
            return Begin(start, log, backend);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private RecoveredMember Begin(ClusterStart start, WriteAheadLog log, Backend backend) => new()
    {
        MemberId = start.MemberId,
        ClusterId = start.ClusterId,
        Log = log,
        SnapshotFiles = _snapshots,
        Backend = backend,
        Snapshot = Snapshot.Empty,
        HardState = default,
        Entries = [],
        Founders = [.. start.Founders.Select(static member => (member.Id, (ReadOnlyMemory<byte>)MemberJson.Write(member)))],
        Remotes = start.Remotes,
    };

    private RecoveredMember Restart()
    {
        IReadOnlyList<WalSnapshot> snapshots = WriteAheadLog.ValidSnapshots(seams.Files, options.EffectiveWalDirectory, seams.Log);
        WalSnapshot from = snapshots.Count > 0 ? snapshots[^1] : WalSnapshot.Beginning;
        bool existed = seams.Files.FileExists(options.BackendPath);
        string received = _snapshots.DatabasePath(from.Index);
        if (!existed && from.Index > 0 && !seams.Files.FileExists(received))
            throw new MemberStartException($"database file ({options.BackendPath}) of the backend is missing");

        Backend backend = OpenBackend();
        WriteAheadLog? log = null;
        try
        {
            if (from.Index > backend.ConsistentIndex)
                backend = TakeReceived(backend, received, from.Index, existed);
            CheckBackend(backend);
            WalRecovery recovery = WriteAheadLog.Open(seams.Files, options.EffectiveWalDirectory, from, _walOptions);
            log = recovery.Log;
            return Restart(recovery, from, backend);
        }
        catch
        {
            log?.Dispose();
            backend.Dispose();
            throw;
        }
    }

    private RecoveredMember Restart(WalRecovery recovery, WalSnapshot from, Backend backend)
    {
        Metadata metadata = Metadata.Parser.ParseChecked(recovery.Metadata.Span);
        var logged = new LoggedMembership(_snapshots, from, seams.Log);
        ClusterView members = logged.Correct(new MemberStore(backend), recovery.Entries, backend.ConsistentIndex);
        CheckMembership(metadata, members);
        LogStart(metadata.NodeID, metadata.ClusterID, members.ClusterVersion);

        HardState hardState = recovery.HardState;
        List<Entry> entries = recovery.Entries;
        ulong last = entries.Count > 0 ? entries[^1].Index : from.Index;
        if (!options.ForceNewCluster)
            RequireWholeLog(metadata.NodeID, members, backend.ConsistentIndex, last);
        bool neverFounded = from.Index == 0 && hardState.Commit == 0 && backend.ConsistentIndex == 0 && members.Members.Count == 0;
        if (neverFounded && FoundAgain(metadata) is { } start)
            return Begin(start, recovery.Log, backend);

        if (options.ForceNewCluster)
            hardState = new NewClusterForcing(metadata.NodeID, from, seams.Log).Force(recovery.Log, hardState, entries, backend.ConsistentIndex);

        // Only committed entries are ever applied, so what the backend holds is committed, whatever the log's last hard state knew of it. A member that did not
        // count on it could wait without end: for a follower to confirm what that follower can only get with a snapshot of all the backend holds.
        last = entries.Count > 0 ? entries[^1].Index : from.Index;
        hardState = hardState with { Commit = Math.Max(hardState.Commit, Math.Min(backend.ConsistentIndex, last)) };
        return new RecoveredMember
        {
            MemberId = metadata.NodeID,
            ClusterId = metadata.ClusterID,
            Log = recovery.Log,
            SnapshotFiles = _snapshots,
            Backend = backend,

            // No change up to the consistent index is told to Raft again.
            Snapshot = new Snapshot(from.Index, from.Term, logged.ConfState, default),
            HardState = hardState,
            Entries = entries,
            Founders = [],
            Remotes = [],
        };
    }

    /// <summary>
    /// A follower may have applied what its own log does not hold yet, and gets it again. A lone voter never applies an entry before its log has it: one that
    /// is missing was lost, and what came in its place would count as applied already.
    /// </summary>
    private void RequireWholeLog(ulong self, ClusterView members, ulong applied, ulong last)
    {
        if (applied > last && members.Voters is [var only] && only == self)
            throw new CorruptionException(options.EffectiveWalDirectory, 0, $"entries up to index {applied}, which the database holds", $"none after index {last}");
    }

    /// <summary>
    /// The power failed after the log was made and before the founding entries, which are the first thing saved in it, were durable. Nothing
    /// was acknowledged by then, and nothing would ever happen without them, so the cluster is founded again, if it is the same one.
    /// </summary>
    private ClusterStart? FoundAgain(Metadata metadata) =>
        ClusterFounding.FromOptions(options) is { } start && start.MemberId == metadata.NodeID && start.ClusterId == metadata.ClusterID ? start : null;

    /// <summary>A leader's snapshot was recorded, but its database was not put in place before the member ended.</summary>
    private Backend TakeReceived(Backend backend, string received, ulong index, bool existed)
    {
        ulong found = backend.ConsistentIndex;
        if (!seams.Files.FileExists(received))
        {
            throw new MemberStartException(
                existed && found > 0
                    ? $"database file ({options.BackendPath} index {found}) does not match with snapshot (index {index})"
                    : "failed to recover v3 backend from snapshot");
        }

        backend.Dispose();
        seams.Files.Rename(received, options.BackendPath);
        seams.Files.SyncDirectory(options.SnapshotDirectory);
        Backend taken = OpenBackend();
        if (taken.ConsistentIndex >= index)
            return taken;
        found = taken.ConsistentIndex;
        taken.Dispose();
        throw new MemberStartException($"database file ({options.BackendPath} index {found}) does not match with snapshot (index {index})");
    }

    private Backend OpenBackend()
    {
        try
        {
            Backend backend = Backend.Open(seams.Files, options.BackendPath, new BackendOptions
            {
                BatchLimit = options.BackendBatchLimit,
                UnsafeNoFsync = options.UnsafeNoFsync,
                LockMemory = options.MemoryLock,
                LockTimeout = seams.BackendLockTimeout,
            });

            // A new file's name must be there before the log is cut for the first time, or nothing could be recovered without it.
            seams.Files.SyncDirectory(options.SnapshotDirectory);
            return backend;
        }
        catch (TimeoutException failure)
        {
            throw new MemberStartException($"database file ({options.BackendPath}) is locked by another process", failure);
        }
    }

    private void CheckBackend(Backend backend)
    {
        var storageVersion = new StorageVersions(backend);
        Version? detected = storageVersion.Detect();
        if (detected is null)
        {
            if (backend.ConsistentIndex > 0)
                seams.Log.Warn("Failed to detect storage schema version. Please upgrade to v3.5 first", new LogField("path", options.BackendPath));
        }
        else if (StorageVersions.Validate(detected) is { } problem)
        {
            throw new MemberStartException(problem);
        }

        DefragmentIfWorthIt(backend);
    }

    private void DefragmentIfWorthIt(Backend backend)
    {
        long freeable = (backend.Size - backend.SizeInUse) / 1_000_000;
        if (options.BootstrapDefragThresholdMegabytes <= 0 || freeable < options.BootstrapDefragThresholdMegabytes)
            return;
        seams.Log.Info("Defragmenting backend at start", new LogField("freeable-megabytes", freeable));
        backend.Defragment();
    }

    private void CheckMembership(Metadata metadata, ClusterView members)
    {
        if (members.ClusterVersion is { } version && (version.Major, version.Minor).CompareTo((StorageVersions.Newest.Major, StorageVersions.Newest.Minor)) > 0)
        {
            throw new MemberStartException(
                $"invalid downgrade; server version is lower than determined cluster version (current-server-version {MemberOptions.ServerVersion}, "
                + $"determined-cluster-version {version.ToString(2)})");
        }

        if (members.WasRemoved(metadata.NodeID))
            throw new MemberStartException("the member has been permanently removed from the cluster");
        if (members.Find(metadata.NodeID) is { Name.Length: > 0 } self && self.Name != options.Name)
        {
            seams.Log.Warn(
                "the data directory belongs to a member of another name; starting as that member",
                new LogField("data-dir", options.DataDirectory),
                new LogField("stored-name", self.Name),
                new LogField("name", options.Name));
        }
    }

    private void LogStart(ulong memberId, ulong clusterId, Version? clusterVersion)
    {
        LogField member = new("local-member-id", memberId.ToString("x", CultureInfo.InvariantCulture));
        LogField server = new("local-server-version", MemberOptions.ServerVersion);
        if (clusterVersion is null)
            seams.Log.Info("starting etcd server", member, server, new LogField("cluster-version", "to_be_decided"));
        else
            seams.Log.Info("starting etcd server", member, server, new LogField("cluster-id", clusterId.ToString("x", CultureInfo.InvariantCulture)), new LogField("cluster-version", clusterVersion.ToString(2)));
    }
}
