using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.State.Members;

namespace Tenet.State.Apply;

/// <summary>
/// Reads what a normal entry carries (contract/consensus.md, 5.2): nothing, a replicated request, or a v2 request of a member up to 3.5, alone or inside
/// a replicated one.
/// </summary>
public static class EntryDecoder
{
    private const int MethodField = 2;
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthDelimitedType = 2;
    private const int Fixed32Type = 5;

    private const string MembersPath = "/0/members/";
    private const string AttributesSuffix = "/attributes";
    private const string VersionPath = "/0/version";
    private const int HexIdLengthMax = 16;

    /// <summary>
    /// The request that an entry carries. Null for the empty entry of a new leader and for v2 requests that change nothing a member of this version has
    /// (SYNC, which expires v2 keys, and QGET).
    /// </summary>
    /// <param name="data">The entry's data; nothing keeps a reference to it.</param>
    /// <param name="index">The entry's index, for messages.</param>
    /// <exception cref="UnsupportedEntryException">The entry is no request, or a v2 request that writes to the v2 store.</exception>
    public static InternalRaftRequest? Decode(ReadOnlySpan<byte> data, ulong index)
    {
        if (data.IsEmpty)
            return null;

        try
        {
            // A v2 request has its method in field 2, where a replicated request of 3.5 can have a whole v2 request. Neither is told apart by parsing: a SYNC request
            // would pass for a replicated one.
            if (!TryFindMethodField(data, out ReadOnlySpan<byte> field))
                return InternalRaftRequest.Parser.ParseChecked(data);
            return Translate(Request.Parser.ParseChecked(IsMethod(field) ? data : field), index);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new UnsupportedEntryException(index, "its data is not a request", failure);
        }
    }

    /// <summary>The id under which somebody may wait for the request's result; 0 if it has none.</summary>
    public static ulong RequestId(InternalRaftRequest request) => request.ID != 0 ? request.ID : request.Header?.ID ?? 0;

    private static bool IsMethod(ReadOnlySpan<byte> field) =>
        field.SequenceEqual("PUT"u8) || field.SequenceEqual("POST"u8) || field.SequenceEqual("DELETE"u8) || field.SequenceEqual("QGET"u8) || field.SequenceEqual("SYNC"u8);

    private static InternalRaftRequest? Translate(Request request, ulong index)
    {
        if (request.Method is "SYNC" or "QGET")
            return null;
        if (request.Method == "PUT" && request.Path == VersionPath)
        {
            return new InternalRaftRequest
            {
                Header = new RequestHeader { ID = request.ID },
                ClusterVersionSet = new ClusterVersionSetRequest { Ver = request.Val },
            };
        }

        if (request.Method != "PUT" || !TryReadMember(request.Path, out ulong member))
            throw new UnsupportedEntryException(index, $"it is a v2 request, {request.Method} {request.Path}, and the v2 store is not supported");
        return new InternalRaftRequest
        {
            Header = new RequestHeader { ID = request.ID },
            ClusterMemberAttrSet = new ClusterMemberAttrSetRequest { MemberID = member, MemberAttributes = ReadAttributes(request.Val, index) },
        };
    }

    private static Attributes ReadAttributes(string json, ulong index)
    {
        try
        {
            (string name, IReadOnlyList<string> clientUrls) = MemberJson.ReadAttributes(json, $"entry {index}");
            return new Attributes { Name = name, ClientUrls = { clientUrls } };
        }
        catch (CorruptionException failure)
        {
            throw new UnsupportedEntryException(index, $"it sets attributes of a member that are not JSON: {json}", failure);
        }
    }

    private static bool TryReadMember(string path, out ulong member)
    {
        member = 0;
        if (!path.StartsWith(MembersPath, StringComparison.Ordinal) || !path.EndsWith(AttributesSuffix, StringComparison.Ordinal))
            return false;
        int length = path.Length - MembersPath.Length - AttributesSuffix.Length;
        return length is > 0 and <= HexIdLengthMax
            && ulong.TryParse(path.AsSpan(MembersPath.Length, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out member);
    }

    /// <summary>Finds the outermost field 2 if it is a string of bytes. Data that is not a message has none; parsing says what is wrong with it.</summary>
    private static bool TryFindMethodField(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> field)
    {
        field = default;
        while (!data.IsEmpty)
        {
            if (!TryReadVarint(ref data, out ulong tag))
                return false;

            int length;
            switch (tag & 7)
            {
                case VarintType:
                    if (!TryReadVarint(ref data, out _))
                        return false;
                    continue;
                case Fixed64Type:
                    length = sizeof(ulong);
                    break;
                case Fixed32Type:
                    length = sizeof(uint);
                    break;
                case LengthDelimitedType:
                    if (!TryReadVarint(ref data, out ulong written) || written > (ulong)data.Length)
                        return false;
                    length = (int)written;
                    break;
                default:
                    return false;
            }

            if (length > data.Length)
                return false;
            if (tag >> 3 == MethodField && (tag & 7) == LengthDelimitedType)
            {
                field = data[..length];
                return true;
            }

            data = data[length..];
        }

        return false;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> data, out ulong value)
    {
        value = 0;
        for (int i = 0; i < data.Length && i < 10; i++)
        {
            value |= (ulong)(data[i] & 0x7f) << (7 * i);
            if (data[i] < 0x80)
            {
                data = data[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
