using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Server.Loops;
using Tenet.State.Members;
using Tenet.Wal;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Keeps what the backend says of itself at the cluster version (contract/storage.md, 5.9): up at once, down only if no entry that would
/// have to be replayed is newer than the target.
/// </summary>
internal sealed class StorageMigration(MemberOptions options, MemberSeams seams, MemberStore members, StorageVersions storage, ApplyInbox apply)
{
    /// <summary>One look. What it finds out is written down by the apply loop.</summary>
    public void Look()
    {
        ClusterView cluster = members.Current;
        if (cluster.ClusterVersion is not { } target || target < ClusterVersions.First || storage.Detect() is not { } stored)
            return;
        Version current = ClusterVersions.Minor(stored);
        if (current == target)
            return;
        seams.Log.Info(
            "cluster version differs from storage version.",
            new LogField("cluster-version", target.ToString(3)),
            new LogField("storage-version", current.ToString(3)));
        if (Problem(current, target) is { } problem)
        {
            seams.Log.Error("failed to update storage version", new LogField("cluster-version", target.ToString(3)), new LogField("error", problem));
            return;
        }

        int step = current < target ? 1 : -1;
        for (int minor = current.Minor + step; minor != target.Minor + step; minor += step)
            seams.Log.Info("updated storage version", new LogField("new-storage-version", new Version(target.Major, minor, 0).ToString(3)));
        apply.StorageVersions.TryPost(target.ToString(3));
        if (cluster.Downgrade.Enabled)
        {
            seams.Log.Info(
                "The server is ready to downgrade",
                new LogField("target-version", cluster.Downgrade.TargetVersion),
                new LogField("server-version", MemberOptions.ServerVersion));
        }
    }

    private string? Problem(Version current, Version target)
    {
        if (StorageVersions.Validate(target) is { } problem)
            return $"cannot create migration plan: {problem}";
        if (target > current)
            return null;
        try
        {
            Version? needed = EntryVersions.NeededFor(WriteAheadLog.EntriesAfterSnapshot(seams.Files, options.EffectiveWalDirectory));
            return needed is not null && target < needed
                ? $"cannot downgrade storage, WAL contains newer entries, as the target version ({target.ToString(3)}) is lower than the version ({needed.ToString(3)}) detected from WAL logs"
                : null;
        }
        catch (Exception failure) when (failure is CorruptionException or IOException)
        {
            // A record may have been half written; the next look finds it whole.
            return failure.Message;
        }
    }
}
