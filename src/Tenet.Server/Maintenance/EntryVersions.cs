using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Versionpb;
using Tenet.Raft;
using Tenet.State.Apply;

namespace Tenet.Server.Maintenance;

/// <summary>
/// The oldest version that understands what entries say (contract/storage.md, 2.17): the newest of the versions that the messages, fields
/// and values in them are marked with.
/// </summary>
internal static class EntryVersions
{
    private static readonly Version ConfChange = new(3, 0, 0);
    private static readonly Version ConfChangeV2 = new(3, 4, 0);

    /// <returns>The version; null if nothing in the entries is marked.</returns>
    /// <exception cref="UnsupportedEntryException">An entry is no request.</exception>
    public static Version? NeededFor(IEnumerable<Entry> entries)
    {
        Version? needed = null;
        foreach (Entry entry in entries)
        {
            switch (entry.Type)
            {
                case EntryType.ConfChange:
                    needed = Newer(needed, ConfChange);
                    break;
                case EntryType.ConfChangeV2:
                    needed = Newer(needed, ConfChangeV2);
                    break;
                default:
                    if (EntryDecoder.Decode(entry.Data.Span, entry.Index) is { } request)
                        needed = Newer(needed, Of(request));
                    break;
            }
        }

        return needed;
    }

    private static Version? Of(InternalRaftRequest request)
    {
        Version? needed = Of((IMessage)request);
        return request.DowngradeVersionTest is { } test ? Newer(needed, Read(test.Ver)) : needed;
    }

    /// <summary>Lists are not looked into, as etcd does not.</summary>
    private static Version? Of(IMessage message)
    {
        Version? needed = Read(message.Descriptor.GetOptions()?.GetExtension(VersionExtensions.EtcdVersionMsg));
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsRepeated || IsUnset(field, message))
                continue;
            needed = Newer(needed, Read(field.GetOptions()?.GetExtension(VersionExtensions.EtcdVersionField)));
            object value = field.Accessor.GetValue(message);
            if (field.FieldType == FieldType.Message)
                needed = Newer(needed, Of((IMessage)value));
            else if (field.FieldType == FieldType.Enum)
                needed = Newer(needed, Of(field.EnumType, Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)));
        }

        return needed;
    }

    private static bool IsUnset(FieldDescriptor field, IMessage message)
    {
        if (field.HasPresence)
            return !field.Accessor.HasValue(message);
        return field.Accessor.GetValue(message) switch
        {
            string text => text.Length == 0,
            ByteString bytes => bytes.IsEmpty,
            bool flag => !flag,
            Enum value => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) == 0,
            IConvertible number => number.ToDouble(System.Globalization.CultureInfo.InvariantCulture) == 0,
            _ => false,
        };
    }

    private static Version? Of(EnumDescriptor type, int number) => Newer(
        Read(type.GetOptions()?.GetExtension(VersionExtensions.EtcdVersionEnum)),
        Read(type.FindValueByNumber(number)?.GetOptions()?.GetExtension(VersionExtensions.EtcdVersionEnumValue)));

    private static Version? Read(string? text) => string.IsNullOrEmpty(text) ? null : ClusterVersions.Parse(text);

    private static Version? Newer(Version? one, Version? other) => one is null || other > one ? other ?? one : one;
}
