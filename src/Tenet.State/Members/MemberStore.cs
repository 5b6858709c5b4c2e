using System.Globalization;
using System.Text;
using Tenet.Foundation;
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

    /// <summary>Applies a change that <see cref="MembershipRules.Validate"/> has found good.</summary>
    public void Apply(MemberChange change) => Become(MembershipRules.After(_current, change), persist: true);

    /// <summary>Records a member's name and client URLs. Of a removed member they are ignored.</summary>
    /// <param name="id">The member.</param>
    /// <param name="name">Its name.</param>
    /// <param name="clientUrls">Its client URLs.</param>
    /// <param name="persist">False while an entry is replayed whose effects are stored already.</param>
    public void SetAttributes(ulong id, string name, IReadOnlyList<string> clientUrls, bool persist) =>
        Become(MembershipRules.AfterAttributes(_current, id, name, clientUrls), persist);

    /// <summary>
    /// Takes over who the members and the removed ones are by another account of the same moment, and stores what differs. The db of etcd 3.5.0 to 3.5.19 holds a member
    /// as it was added: without its name, its later URLs and its vote; what it has right is in Raft's snapshot and in the log.
    /// </summary>
    /// <returns>Whether anything differed.</returns>
    public bool Correct(ClusterView truth) => Become(_current with { Members = truth.Members, Removed = truth.Removed }, persist: true);

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

    /// <returns>Whether anything differs from what was.</returns>
    private bool Become(ClusterView next, bool persist)
    {
        ClusterView before = _current;
        var gone = before.Members.Where(member => next.Find(member.Id) is null).ToList();
        var changed = next.Members.Where(member => before.Find(member.Id) is not { } known || !known.SameAs(member)).ToList();
        var removed = next.Removed.Where(id => !before.WasRemoved(id)).ToList();
        _current = next;
        if (persist)
        {
            foreach (ClusterMember member in gone)
                _backend.Delete(Bucket.Members, Key(member.Id));
            foreach (ClusterMember member in changed)
                _backend.Put(Bucket.Members, Key(member.Id), MemberJson.Write(member));
            foreach (ulong id in removed)
                _backend.Put(Bucket.MembersRemoved, Key(id), RemovedMark);
        }

        return gone.Count + changed.Count + removed.Count > 0;
    }
}
