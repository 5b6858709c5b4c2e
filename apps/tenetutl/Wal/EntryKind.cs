using Google.Protobuf.Reflection;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.State.Apply;

namespace Tenet.Utl.Wal;

/// <summary>What an entry is about, in one word: the name of the request that it carries.</summary>
internal static class EntryKind
{
    public const string ConfChange = "conf_change";
    public const string ConfChangeV2 = "conf_change_v2";
    public const string Empty = "empty";
    public const string Unreadable = "unreadable";

    private static readonly FieldDescriptor[] Requests =
        [.. InternalRaftRequest.Descriptor.Fields.InDeclarationOrder().Where(static field => field.FieldType == FieldType.Message && field.Name is not ("header" or "v2"))];

    /// <summary>The names that etcd-dump-logs has for what its <c>--entry-type</c> takes.</summary>
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ConfigChange"] = ConfChange,
        ["IRRPut"] = "put",
        ["IRRRange"] = "range",
        ["IRRDeleteRange"] = "delete_range",
        ["IRRTxn"] = "txn",
        ["IRRCompaction"] = "compaction",
        ["IRRLeaseGrant"] = "lease_grant",
        ["IRRLeaseRevoke"] = "lease_revoke",
        ["IRRLeaseCheckpoint"] = "lease_checkpoint",
    };

    /// <summary>All kinds that an entry of today may be.</summary>
    public static IReadOnlyList<string> All { get; } = [ConfChange, ConfChangeV2, Empty, .. Requests.Select(static field => field.Name)];

    /// <summary>Reads the names of kinds, with commas between; etcd-dump-logs's names are taken too.</summary>
    /// <exception cref="FormatException">There is no such kind.</exception>
    public static IReadOnlySet<string> ParseList(string text)
    {
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (string.Equals(name, "Normal", StringComparison.OrdinalIgnoreCase) || string.Equals(name, "InternalRaftRequest", StringComparison.OrdinalIgnoreCase))
                kinds.UnionWith(All.Except([ConfChange, ConfChangeV2]));
            else if (Aliases.GetValueOrDefault(name, name) is var kind && All.Contains(kind))
                kinds.Add(kind);
            else
                throw new FormatException($"unknown entry type \"{name}\"; known are {string.Join(", ", All)}");
        }

        return kinds;
    }

    /// <summary>The request of a normal entry; null for others, for an empty one and for one that cannot be read.</summary>
    public static InternalRaftRequest? RequestOf(in Entry entry, out string? problem)
    {
        problem = null;
        if (entry.Type != EntryType.Normal)
            return null;
        try
        {
            return EntryDecoder.Decode(entry.Data.Span, entry.Index);
        }
        catch (UnsupportedEntryException unreadable)
        {
            problem = unreadable.Message;
            return null;
        }
    }

    /// <summary>The kind of an entry.</summary>
    public static string Of(in Entry entry, InternalRaftRequest? request, string? problem) => entry.Type switch
    {
        EntryType.ConfChange => ConfChange,
        EntryType.ConfChangeV2 => ConfChangeV2,
        _ when problem is not null => Unreadable,
        _ => request is null ? Empty : FieldOf(request)?.Name ?? Empty,
    };

    /// <summary>The field of the request that an entry carries.</summary>
    public static FieldDescriptor? FieldOf(InternalRaftRequest request) => Array.Find(Requests, field => field.Accessor.HasValue(request));
}
