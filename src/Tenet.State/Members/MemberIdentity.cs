using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tenet.State.Members;

/// <summary>How member and cluster ids come about (contract/consensus.md, 6.1). Names do not enter them.</summary>
public static class MemberIdentity
{
    /// <summary>The id of a member.</summary>
    /// <param name="peerUrls">Its peer URLs in their printed form, in any order.</param>
    /// <param name="token">The initial cluster token; empty for a member that is added at run time.</param>
    /// <param name="addedAtUnixSeconds">When it was added, for a member that is added at run time; null at bootstrap.</param>
    public static ulong MemberId(IEnumerable<string> peerUrls, string token, long? addedAtUnixSeconds = null)
    {
        var text = new StringBuilder();
        foreach (string url in peerUrls.Order(StringComparer.Ordinal))
            text.Append(url);
        text.Append(token);
        if (addedAtUnixSeconds is { } seconds)
            text.Append(seconds.ToString(CultureInfo.InvariantCulture));
        return FirstEightBytes(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The id of the cluster that these members form.</summary>
    public static ulong ClusterId(IEnumerable<ulong> memberIds)
    {
        ulong[] ids = [.. memberIds.Order()];
        var bytes = new byte[ids.Length * sizeof(ulong)];
        for (int i = 0; i < ids.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), ids[i]);
        return FirstEightBytes(bytes);
    }

    // CA5350: nothing is secured with SHA-1 here; the recipe is part of what the members of a cluster agree on.
#pragma warning disable CA5350
    private static ulong FirstEightBytes(ReadOnlySpan<byte> content) => BinaryPrimitives.ReadUInt64BigEndian(SHA1.HashData(content));
#pragma warning restore CA5350
}
