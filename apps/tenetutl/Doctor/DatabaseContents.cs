using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tenet.Bolt;
using Tenet.CommandLine;
using Tenet.Foundation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using DowngradeInfo = Tenet.State.Members.DowngradeInfo;

namespace Tenet.Utl.Doctor;

/// <summary>The small buckets: what the database says of itself, of the cluster and of alarms (contract/storage.md, part 5).</summary>
internal sealed class DatabaseContents(BoltReadTransaction view, string path, Findings findings)
{
    private const string Replace = "The record is not what any version writes. Replace the member, or restore it from a snapshot.";

    public void ReadMeta(DatabaseFacts facts)
    {
        if (view.Bucket("meta"u8) is not { } meta)
            return;
        facts.ConsistentIndex = ReadNumber(meta, MetaKeys.ConsistentIndex, "consistent_index");
        facts.Term = ReadNumber(meta, MetaKeys.Term, "term");
        if (meta.TryGet(MetaKeys.StorageVersion, out ReadOnlySpan<byte> version))
            facts.StorageVersion = Encoding.UTF8.GetString(version);
        long scheduled = ReadRevision(meta, MetaKeys.ScheduledCompactRevision, "scheduledCompactRev");
        long finished = ReadRevision(meta, MetaKeys.FinishedCompactRevision, "finishedCompactRev");
        facts.CompactRevision = Math.Max(scheduled, finished);
        if (scheduled > finished)
            findings.Notice("meta", path, $"the compaction at revision {scheduled} was not finished", "The start resumes it.");
        else if (finished > scheduled)
            findings.Warning("meta", path, $"a compaction at revision {finished} was finished, but the last one begun was at {scheduled}", Replace);
    }

    public void ReadCluster(DatabaseFacts facts)
    {
        var members = new List<ClusterMember>();
        ForEach("members"u8, (key, value) =>
        {
            if (ReadId(key, "members") is not { } id)
                return;
            try
            {
                ClusterMember member = MemberJson.ReadContext(value, $"member {id:x} in bucket members").Member;
                if (member.Id == id)
                    members.Add(member);
                else
                    findings.Error("members", path, $"bucket members holds member {member.Id:x} under the key of {id:x}", Replace);
            }
            catch (CorruptionException damage)
            {
                findings.Error("members", path, $"{damage.File}: expected {damage.Expected}, found {damage.Found}", Replace);
            }
        });
        var removed = new List<ulong>();
        ForEach("members_removed"u8, (key, _) =>
        {
            if (ReadId(key, "members_removed") is { } id)
                removed.Add(id);
        });
        members.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        removed.Sort();
        (Version? version, DowngradeInfo downgrade) = ReadVersions();
        facts.Cluster = new ClusterView(members, removed, version, downgrade);
    }

    public void ReadAlarms(DatabaseFacts facts) => ForEach("alarm"u8, (key, _) =>
    {
        facts.Alarms++;
        try
        {
            AlarmMember alarm = AlarmMember.Parser.ParseFrom(key.Span);
            string who = alarm.MemberID.ToString("x", CultureInfo.InvariantCulture);
            if (alarm.Alarm == AlarmType.Corrupt)
            {
                findings.Error("alarms", path, $"alarm CORRUPT is raised for member {who}: its data differed from that of the others", "Find out which member is wrong (hashkv), replace it, and only then disarm the alarm.");
            }
            else
            {
                findings.Warning("alarms", path, $"alarm {alarm.Alarm.ToString().ToUpperInvariant()} is raised for member {who}: writes are refused", "Compact, defragment, and disarm the alarm; or raise the quota.");
            }
        }
        catch (InvalidProtocolBufferException)
        {
            findings.Error("alarms", path, $"bucket alarm holds {Convert.ToHexStringLower(key.Span)}, which is no alarm", Replace);
        }
    });

    private (Version? Version, DowngradeInfo Downgrade) ReadVersions()
    {
        Version? version = null;
        DowngradeInfo downgrade = DowngradeInfo.None;
        ForEach("cluster"u8, (key, value) =>
        {
            string text = Encoding.UTF8.GetString(value.Span);
            if (key.Span.SequenceEqual("clusterVersion"u8) && !Version.TryParse(text, out version))
                findings.Error("versions", path, $"the cluster version is \"{text}\"", Replace);
            if (!key.Span.SequenceEqual("downgrade"u8))
                return;
            try
            {
                downgrade = MemberJson.ReadDowngrade(value, "downgrade in bucket cluster");
            }
            catch (CorruptionException damage)
            {
                findings.Error("versions", path, $"{damage.File}: expected {damage.Expected}, found {damage.Found}", Replace);
            }
        });
        return (version, downgrade);
    }

    private ulong? ReadId(ReadOnlyMemory<byte> key, string bucket)
    {
        string text = Encoding.UTF8.GetString(key.Span);
        if (ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id) && text == id.ToString("x", CultureInfo.InvariantCulture))
            return id;
        findings.Error("members", path, $"bucket {bucket} has the key {GoQuote.Bytes(key.Span)}, which is no member id", Replace);
        return null;
    }

    private ulong ReadNumber(BoltBucket meta, ReadOnlySpan<byte> key, string name)
    {
        if (!meta.TryGet(key, out ReadOnlySpan<byte> value))
            return 0;
        if (value.Length == sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(value);
        findings.Error("meta", path, $"meta/{name} is {Convert.ToHexStringLower(value)}, not a number of 8 bytes", Replace);
        return 0;
    }

    private long ReadRevision(BoltBucket meta, ReadOnlySpan<byte> key, string name)
    {
        if (!meta.TryGet(key, out ReadOnlySpan<byte> value))
            return 0;
        if (Revision.TryRead(value, out Revision revision, out bool isTombstone) && !isTombstone)
            return revision.Main;
        findings.Error("meta", path, $"meta/{name} is {Convert.ToHexStringLower(value)}, not a revision", Replace);
        return 0;
    }

    private void ForEach(ReadOnlySpan<byte> bucket, Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> take)
    {
        BoltCursor? cursor = view.Bucket(bucket)?.Cursor();
        while (cursor?.Next() == true)
            take(cursor.Key.ToArray(), cursor.Value.ToArray());
    }
}
