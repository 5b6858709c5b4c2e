using System.Globalization;
using System.Text;
using Tenet.Foundation;
using Tenet.Protocol.Errors;
using Tenet.State.Backends;

namespace Tenet.State.Members;

/// <summary>
/// Who is in the cluster, who was removed, and which version it speaks: buckets <c>members</c>, <c>members_removed</c> and <c>cluster</c>
/// (contract/storage.md, 5.7; contract/consensus.md, 6.6 and 7). Changed by the apply thread, read by any through <see cref="Current"/>.
/// </summary>
public sealed class MemberStore
{
    private static readonly byte[] RemovedMark = "removed"u8.ToArray();
    private static readonly byte[] ClusterVersionKey = "clusterVersion"u8.ToArray();
    private static readonly byte[] DowngradeKey = "downgrade"u8.ToArray();

    private readonly Backend _backend;
    private volatile ClusterView _current;

    /// <summary>Reads the stored membership.</summary>
    public MemberStore(Backend backend)
    {
        _backend = backend;
        _current = Load(backend);
    }

    /// <summary>The membership now.</summary>
    public ClusterView Current => _current;

    /// <summary>
    /// Whether a change may be applied (contract/consensus.md, 6.6). Null if so; a refused change is not given to Raft except as one that changes nothing.
    /// </summary>
    /// <param name="change">The change.</param>
    /// <param name="learnersMax">How many learners there may be.</param>
    public EtcdError? Validate(MemberChange change, int learnersMax)
    {
        ClusterView cluster = _current;
        if (cluster.WasRemoved(change.NodeId))
            return EtcdErrors.MemberNotFound;

        ClusterMember? known = cluster.Find(change.NodeId);
        switch (change.Kind)
        {
            case MemberChangeKind.AddVoter or MemberChangeKind.AddLearner:
                MemberContext context = Context(change);
                if (context.IsPromote)
                    return known is null ? EtcdErrors.MemberNotFound : known.IsLearner ? null : EtcdErrors.MemberNotLearner;
                if (known is not null)
                    return EtcdErrors.MemberExists;
                if (UsesAny(cluster, context.Member.PeerUrls, except: 0))
                    return EtcdErrors.PeerUrlExists;
                bool addsLearner = change.Kind == MemberChangeKind.AddLearner && context.Member.IsLearner;
                return addsLearner && cluster.Learners.Count >= learnersMax ? EtcdErrors.TooManyLearners : null;
            case MemberChangeKind.Remove:
                return known is null ? EtcdErrors.MemberNotFound : null;
            case MemberChangeKind.Update:
                if (known is null)
                    return EtcdErrors.MemberNotFound;
                return UsesAny(cluster, Context(change).Member.PeerUrls, except: change.NodeId) ? EtcdErrors.PeerUrlExists : null;
            default:
                throw new InvariantException($"configuration change of unknown type {(int)change.Kind}");
        }
    }

    /// <summary>Applies a change that <see cref="Validate"/> has found good.</summary>
    public void Apply(MemberChange change)
    {
        ClusterView cluster = _current;
        if (change.Kind == MemberChangeKind.Remove)
        {
            _backend.Delete(Bucket.Members, Key(change.NodeId));
            _backend.Put(Bucket.MembersRemoved, Key(change.NodeId), RemovedMark);
            _current = cluster with
            {
                Members = [.. cluster.Members.Where(member => member.Id != change.NodeId)],
                Removed = [.. cluster.Removed.Append(change.NodeId).Order()],
            };
            return;
        }

        MemberContext context = Context(change);
        ClusterMember? known = cluster.Find(change.NodeId);
        if (context.IsPromote)
            Save(Known(known, change.NodeId) with { IsLearner = false }, persist: true);
        else if (change.Kind == MemberChangeKind.Update)
            Save(Known(known, change.NodeId) with { PeerUrls = context.Member.PeerUrls }, persist: true);
        else
            Save(context.Member, persist: true);
    }

    /// <summary>Records a member's name and client URLs. Of a removed member they are ignored.</summary>
    /// <param name="id">The member.</param>
    /// <param name="name">Its name.</param>
    /// <param name="clientUrls">Its client URLs.</param>
    /// <param name="persist">False while an entry is replayed whose effects are stored already.</param>
    public void SetAttributes(ulong id, string name, IReadOnlyList<string> clientUrls, bool persist)
    {
        ClusterView cluster = _current;
        if (cluster.Find(id) is { } member)
            Save(member with { Name = name, ClientUrls = clientUrls }, persist);
        else
            Invariant.That(cluster.WasRemoved(id), $"failed to update; member unknown: {id:x}");
    }

    /// <summary>Records the cluster version.</summary>
    public void SetClusterVersion(Version version, bool persist)
    {
        if (persist)
            _backend.Put(Bucket.Cluster, ClusterVersionKey, Encoding.UTF8.GetBytes(version.ToString(3)));
        _current = _current with { ClusterVersion = version };
    }

    /// <summary>Records the start or end of a downgrade.</summary>
    public void SetDowngrade(DowngradeInfo info, bool persist)
    {
        if (persist)
            _backend.Put(Bucket.Cluster, DowngradeKey, MemberJson.Write(info));
        _current = _current with { Downgrade = info };
    }

    /// <summary>Takes over what another store has read from a leader's snapshot; apply thread.</summary>
    internal void Replace(MemberStore received) => _current = received._current;

    private static ClusterView Load(Backend backend)
    {
        using BackendRead read = backend.OpenRead();
        var members = new List<ClusterMember>();
        BackendCursor cursor = read.Scan(Bucket.Members, []);
        while (cursor.MoveNext())
        {
            ulong id = Id(cursor.Key, "bucket members of the db file");
            ClusterMember member = MemberJson.ReadContext(cursor.Value.ToArray(), $"member {id:x} in bucket members of the db file").Member;
            if (member.Id != id)
                throw new CorruptionException("bucket members of the db file", 0, $"member {id:x} under its key", $"{member.Id:x}");
            members.Add(member);
        }

        var removed = new List<ulong>();
        cursor = read.Scan(Bucket.MembersRemoved, []);
        while (cursor.MoveNext())
            removed.Add(Id(cursor.Key, "bucket members_removed of the db file"));

        members.Sort(static (x, y) => x.Id.CompareTo(y.Id));
        removed.Sort();
        return new ClusterView(members, removed, LoadVersion(read), LoadDowngrade(read));
    }

    private static Version? LoadVersion(BackendRead read)
    {
        if (!read.TryGet(Bucket.Cluster, ClusterVersionKey, out ReadOnlySpan<byte> value))
            return null;
        string text = Encoding.UTF8.GetString(value);
        return Version.TryParse(text, out Version? version) && version.Build >= 0
            ? version
            : throw new CorruptionException("clusterVersion in bucket cluster of the db file", 0, "a version such as 3.5.0", text);
    }

    private static DowngradeInfo LoadDowngrade(BackendRead read) =>
        read.TryGet(Bucket.Cluster, DowngradeKey, out ReadOnlySpan<byte> value)
            ? MemberJson.ReadDowngrade(value.ToArray(), "downgrade in bucket cluster of the db file")
            : DowngradeInfo.None;

    private static ulong Id(ReadOnlySpan<byte> key, string where)
    {
        string text = Encoding.UTF8.GetString(key);
        return ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw new CorruptionException(where, 0, "a member id in hexadecimal", text);
    }

    private static byte[] Key(ulong id) => Encoding.UTF8.GetBytes(id.ToString("x", CultureInfo.InvariantCulture));

    private static MemberContext Context(MemberChange change)
    {
        MemberContext context = MemberJson.ReadContext(change.Context, "the context of a configuration change");
        Invariant.That(context.Member.Id == change.NodeId, $"a configuration change of member {change.NodeId:x} speaks of member {context.Member.Id:x}");
        return context;
    }

    private static ClusterMember Known(ClusterMember? member, ulong id)
    {
        Invariant.That(member is not null, $"a configuration change was applied to unknown member {id:x}");
        return member;
    }

    private static bool UsesAny(ClusterView cluster, IReadOnlyList<string> peerUrls, ulong except)
    {
        foreach (ClusterMember member in cluster.Members)
        {
            if (member.Id != except && member.PeerUrls.Any(peerUrls.Contains))
                return true;
        }

        return false;
    }

    private void Save(ClusterMember member, bool persist)
    {
        if (persist)
            _backend.Put(Bucket.Members, Key(member.Id), MemberJson.Write(member));
        ClusterView cluster = _current;
        _current = cluster with
        {
            Members = [.. cluster.Members.Where(other => other.Id != member.Id).Append(member).OrderBy(static other => other.Id)],
        };
    }
}
