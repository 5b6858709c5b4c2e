using System.Globalization;
using System.Text.Json;
using Tenet.Foundation;

namespace Tenet.State.Members;

/// <summary>
/// The JSON that a Raft snapshot carries (contract/storage.md, 3.4): the membership in the form of etcd's old v2 store. Members up to 3.6 rebuild their membership
/// from it and delete whom they do not find in it, so it lists every member. Indexes are 0 and the event history is left out, which 3.5 accepts.
/// </summary>
public static class V2StoreDocument
{
    /// <summary>The document for this membership.</summary>
    public static byte[] Write(ClusterView cluster)
    {
        var json = new GoJson();
        json.BeginObject().Name("Root");
        BeginDirectory(json, "/");
        json.Name("0");
        BeginDirectory(json, "/0");
        WriteMembers(json, cluster);
        WriteRemoved(json, cluster);
        if (cluster.ClusterVersion is { } version)
            WriteLeaf(json, "version", "/0/version", version.ToString(3));
        EndDirectory(json);
        json.Name("1");
        BeginDirectory(json, "/1");
        EndDirectory(json);
        EndDirectory(json);
        return json.Name("CurrentIndex").Number(0).Name("CurrentVersion").Number(2).EndObject().ToBytes();
    }

    /// <summary>The membership that a document tells; what else a v2 store of etcd held is passed over. It knows of no downgrade.</summary>
    /// <param name="document">The document, of any member from 3.5 on.</param>
    /// <param name="where">What it was read from, for messages.</param>
    /// <exception cref="CorruptionException">It is no such document.</exception>
    public static ClusterView Read(ReadOnlyMemory<byte> document, string where)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            JsonElement cluster = json.RootElement.GetProperty("Root").GetProperty("Children").GetProperty("0");
            var members = new List<ClusterMember>();
            foreach (JsonProperty member in Children(cluster, "members"))
                members.Add(ReadMember(Id(member.Name, where), member.Value, where));
            members.Sort(static (x, y) => x.Id.CompareTo(y.Id));
            var removed = new List<ulong>();
            foreach (JsonProperty member in Children(cluster, "removed_members"))
                removed.Add(Id(member.Name, where));
            removed.Sort();
            Version? version = Value(cluster, "version") is { } text ? Version.Parse(text) : null;
            return new ClusterView(members, removed, version, DowngradeInfo.None);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException or OverflowException)
        {
            throw new CorruptionException(where, 0, "the membership as a v2 store", $"{document.Length} bytes: {failure.Message}");
        }
    }

    private static ClusterMember ReadMember(ulong id, JsonElement node, string where)
    {
        string place = $"member {id:x} of {where}";
        string raftAttributes = Value(node, "raftAttributes")
            ?? throw new CorruptionException(place, 0, "raftAttributes", "none");
        (IReadOnlyList<string> peerUrls, bool isLearner) = MemberJson.ReadRaftAttributes(raftAttributes, place);
        (string name, IReadOnlyList<string> clientUrls) = Value(node, "attributes") is { } attributes ? MemberJson.ReadAttributes(attributes, place) : ("", []);
        return new ClusterMember(id, peerUrls, isLearner, name, clientUrls);
    }

    private static ulong Id(string hex, string where) => ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
        ? id
        : throw new CorruptionException(where, 0, "a member id in hexadecimal", hex);

    private static JsonElement.ObjectEnumerator Children(JsonElement node, string name) =>
        node.GetProperty("Children").TryGetProperty(name, out JsonElement child) ? child.GetProperty("Children").EnumerateObject() : default;

    private static string? Value(JsonElement node, string name) =>
        node.GetProperty("Children").TryGetProperty(name, out JsonElement child) ? child.GetProperty("Value").GetString() : null;

    private static void WriteMembers(GoJson json, ClusterView cluster)
    {
        json.Name("members");
        BeginDirectory(json, "/0/members");

        // Children are in the order of their names, as Go sorts a map.
        foreach (ClusterMember member in cluster.Members.OrderBy(static member => member.HexId, StringComparer.Ordinal))
        {
            string path = $"/0/members/{member.HexId}";
            json.Name(member.HexId);
            BeginDirectory(json, path);

            // A member that has started has a name, and is counted as started by it.
            if (member.Name.Length > 0 || member.ClientUrls.Count > 0)
                WriteLeaf(json, "attributes", path + "/attributes", MemberJson.WriteAttributes(member));
            WriteLeaf(json, "raftAttributes", path + "/raftAttributes", MemberJson.WriteRaftAttributes(member));
            EndDirectory(json);
        }

        EndDirectory(json);
    }

    private static void WriteRemoved(GoJson json, ClusterView cluster)
    {
        if (cluster.Removed.Count == 0)
            return;
        json.Name("removed_members");
        BeginDirectory(json, "/0/removed_members");
        IEnumerable<string> ids = cluster.Removed.Select(static id => id.ToString("x", CultureInfo.InvariantCulture));
        foreach (string id in ids.Order(StringComparer.Ordinal))
            WriteLeaf(json, id, $"/0/removed_members/{id}", "");
        EndDirectory(json);
    }

    private static void BeginDirectory(GoJson json, string path)
    {
        WriteNode(json, path, "");
        json.BeginObject();
    }

    private static void EndDirectory(GoJson json) => json.EndObject().EndObject();

    private static void WriteLeaf(GoJson json, string name, string path, string value)
    {
        json.Name(name);
        WriteNode(json, path, value);
        json.Raw("null").EndObject();
    }

    private static void WriteNode(GoJson json, string path, string value) => json.BeginObject()
        .Name("Path").String(path)
        .Name("CreatedIndex").Number(0)
        .Name("ModifiedIndex").Number(0)
        .Name("ExpireTime").String("0001-01-01T00:00:00Z")
        .Name("Value").String(value)
        .Name("Children");
}
