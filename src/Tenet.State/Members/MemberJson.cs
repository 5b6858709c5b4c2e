using System.Text.Json;
using Tenet.Foundation;

namespace Tenet.State.Members;

/// <summary>The JSON shapes of membership (contract/consensus.md, 6.2; contract/storage.md, 5.7).</summary>
public static class MemberJson
{
    /// <summary>A member, as bucket <c>members</c> holds it and as the context of an add or update has it.</summary>
    public static byte[] Write(ClusterMember member)
    {
        GoJson json = new GoJson().BeginObject();
        WriteMember(json, member);
        return json.EndObject().ToBytes();
    }

    /// <summary>The context of the change that gives a learner its vote.</summary>
    public static byte[] WritePromotion(ulong id)
    {
        GoJson json = new GoJson().BeginObject();
        WriteMember(json, new ClusterMember(id, [], false, "", []));
        return json.Name("isPromote").Boolean(true).EndObject().ToBytes();
    }

    /// <summary>Name and client URLs of a member, as v2 stores have them.</summary>
    public static string WriteAttributes(ClusterMember member)
    {
        GoJson json = new GoJson().BeginObject();
        WriteAttributes(json, member);
        return json.EndObject().ToString();
    }

    /// <summary>Peer URLs and standing of a member, as v2 stores have them.</summary>
    public static string WriteRaftAttributes(ClusterMember member)
    {
        GoJson json = new GoJson().BeginObject();
        WriteRaftAttributes(json, member);
        return json.EndObject().ToString();
    }

    /// <summary>The downgrade record of bucket <c>cluster</c>.</summary>
    public static byte[] Write(DowngradeInfo info) => new GoJson().BeginObject()
        .Name("target-version").String(info.TargetVersion)
        .Name("enabled").Boolean(info.Enabled)
        .EndObject().ToBytes();

    /// <summary>
    /// The record <c>confState</c> of bucket <c>meta</c> (contract/storage.md, 5.3). Lists are left out when empty; auto_leave is always there, as 3.5 has it.
    /// </summary>
    public static byte[] WriteConfState(
        IReadOnlyList<ulong> voters,
        IReadOnlyList<ulong> learners,
        IReadOnlyList<ulong> votersOutgoing,
        IReadOnlyList<ulong> learnersNext,
        bool autoLeave)
    {
        GoJson json = new GoJson().BeginObject();
        WriteIds(json, "voters", voters);
        WriteIds(json, "learners", learners);
        WriteIds(json, "voters_outgoing", votersOutgoing);
        WriteIds(json, "learners_next", learnersNext);
        return json.Name("auto_leave").Boolean(autoLeave).EndObject().ToBytes();
    }

    /// <summary>Reads the context of a change, or a stored member.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="where">What it was read from, for the message of the <see cref="CorruptionException"/> if it is no member.</param>
    public static MemberContext ReadContext(ReadOnlyMemory<byte> json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            var member = new ClusterMember(
                root.GetProperty("id").GetUInt64(),
                Strings(root, "peerURLs"),
                Boolean(root, "isLearner"),
                String(root, "name"),
                Strings(root, "clientURLs"));
            return new MemberContext(member, Boolean(root, "isPromote"));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Unreadable(where, "the JSON of a member", json.Span);
        }
    }

    /// <summary>Reads name and client URLs as a v2 request carries them.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="where">What it was read from, for the message of the <see cref="CorruptionException"/> if it has no such form.</param>
    public static (string Name, IReadOnlyList<string> ClientUrls) ReadAttributes(string json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return (String(document.RootElement, "name"), Strings(document.RootElement, "clientURLs"));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Unreadable(where, "the JSON of a member's attributes", System.Text.Encoding.UTF8.GetBytes(json));
        }
    }

    /// <summary>Reads peer URLs and standing as v2 stores have them.</summary>
    internal static (IReadOnlyList<string> PeerUrls, bool IsLearner) ReadRaftAttributes(string json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return (Strings(document.RootElement, "peerURLs"), Boolean(document.RootElement, "isLearner"));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Unreadable(where, "the JSON of a member's raftAttributes", System.Text.Encoding.UTF8.GetBytes(json));
        }
    }

    /// <summary>Reads the downgrade record of bucket <c>cluster</c>.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="where">What it was read from, for the message of the <see cref="CorruptionException"/> if it has no such form.</param>
    public static DowngradeInfo ReadDowngrade(ReadOnlyMemory<byte> json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return new DowngradeInfo(Boolean(document.RootElement, "enabled"), String(document.RootElement, "target-version"));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Unreadable(where, "the JSON of a downgrade", json.Span);
        }
    }

    private static void WriteMember(GoJson json, ClusterMember member)
    {
        json.Name("id").Number(member.Id);
        WriteRaftAttributes(json, member);
        WriteAttributes(json, member);
    }

    private static void WriteRaftAttributes(GoJson json, ClusterMember member)
    {
        json.Name("peerURLs").Strings(member.PeerUrls);
        if (member.IsLearner)
            json.Name("isLearner").Boolean(true);
    }

    private static void WriteAttributes(GoJson json, ClusterMember member)
    {
        if (member.Name.Length > 0)
            json.Name("name").String(member.Name);
        if (member.ClientUrls.Count > 0)
            json.Name("clientURLs").Strings(member.ClientUrls);
    }

    private static void WriteIds(GoJson json, string name, IReadOnlyList<ulong> ids)
    {
        if (ids.Count > 0)
            json.Name(name).Numbers(ids);
    }

    private static bool Boolean(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null && value.GetBoolean();

    private static string String(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static List<string> Strings(JsonElement element, string name)
    {
        var strings = new List<string>();
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return strings;
        foreach (JsonElement item in value.EnumerateArray())
            strings.Add(item.GetString() ?? "");
        return strings;
    }

    private static CorruptionException Unreadable(string where, string expected, ReadOnlySpan<byte> found) =>
        new(where, 0, expected, System.Text.Encoding.UTF8.GetString(found[..Math.Min(found.Length, 200)]));
}
