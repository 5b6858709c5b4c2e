using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server.Bootstrap;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.State.Mvcc;

namespace Tenet.Utl.Snapshots;

/// <summary>Makes the database of another cluster into that of a new one, in one transaction (contract/storage.md, 7.3, steps 5 to 7 and 11).</summary>
internal sealed class RestoredDatabase(IFileSystem files, ILog log)
{
    private const long DefaultMapBytes = 10L << 30;

    public void Found(string path, RestoreOptions options, InitialMap map, ulong index, ulong term)
    {
        long mapBytes = options.InitialMapBytes == 0 ? DefaultMapBytes : (long)Math.Min(options.InitialMapBytes, long.MaxValue / 2);
        using BoltDatabase database = BoltDatabase.Open(files, path, new BoltOptions { InitialMapBytes = mapBytes, LockTimeout = TimeSpan.Zero });
        using BoltWriteTransaction transaction = database.BeginWrite();
        log.Info("Trimming membership information from the backend...");
        BoltBucket members = Emptied(transaction, "members"u8);
        Emptied(transaction, "members_removed"u8);
        BoltBucket meta = transaction.CreateBucketIfMissing("meta"u8);
        if (options.RevisionBump > 0)
            Bump(transaction.CreateBucketIfMissing("key"u8), meta, (long)options.RevisionBump);
        foreach (ClusterMember member in map.Members)
        {
            members.Put(Encoding.ASCII.GetBytes(member.HexId), MemberJson.Write(member));
            log.Info(
                "added member",
                new LogField("cluster-id", map.ClusterId.ToString("x", CultureInfo.InvariantCulture)),
                new LogField("local-member-id", "0"),
                new LogField("added-peer-id", member.HexId),
                new LogField("added-peer-peer-urls", member.PeerUrls),
                new LogField("added-peer-is-learner", member.IsLearner));
        }

        Put(meta, MetaKeys.ConsistentIndex, index);
        Put(meta, MetaKeys.Term, term);
        transaction.Commit();
    }

    /// <summary>
    /// A record without content marks the new revision, and a compaction of all before it is due when the member starts: whoever watches learns that history was cut.
    /// </summary>
    private void Bump(BoltBucket records, BoltBucket meta, long amount)
    {
        BoltCursor last = records.Cursor();
        Revision latest = default;
        if (last.Last() && !Revision.TryRead(last.Key, out latest, out _))
            throw new UtlException($"cannot parse revision key: {Convert.ToHexStringLower(last.Key)}");
        if (amount < 0 || latest.Main > long.MaxValue - amount)
            throw new UtlException($"revision {latest.Main} cannot be raised by {(ulong)amount}");
        var bumped = new Revision(latest.Main + amount, 0);
        log.Info(
            "bumping latest revision",
            new LogField("latest-revision", latest.Main),
            new LogField("bump-amount", amount),
            new LogField("new-latest-revision", bumped.Main));
        Span<byte> key = stackalloc byte[Revision.KeyLength];
        bumped.Write(key);
        records.Put(key, []);
        log.Info("marking revision compacted", new LogField("revision", bumped.Main));
        meta.Put(MetaKeys.ScheduledCompactRevision, key);
    }

    private static BoltBucket Emptied(BoltWriteTransaction transaction, ReadOnlySpan<byte> name)
    {
        if (transaction.Bucket(name) is not null)
            transaction.DeleteBucket(name);
        return transaction.CreateBucket(name);
    }

    private static void Put(BoltBucket bucket, ReadOnlySpan<byte> key, ulong number)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(value, number);
        bucket.Put(key, value);
    }
}
