using Google.Protobuf;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Owning;

/// <summary>
/// Where it is written down who owns a key: below the leasing prefix, which lies in the namespace as the keys themselves do. Keys are meant as the
/// servers know them.
/// </summary>
internal sealed class LeasingKeys(string space, string prefix)
{
    private static readonly ByteString NoEnd = ByteString.CopyFrom(0);

    private readonly KeyPrefix _space = new(space);
    private readonly KeyPrefix _leasing = new(space + prefix);

    /// <summary>All leasing keys.</summary>
    public KeyRange All => new(_leasing.Add(ByteString.Empty), _leasing.AddToEnd(NoEnd));

    /// <summary>The leasing key of a key.</summary>
    public ByteString Of(ByteString key) => _leasing.Add(_space.Strip(key));

    /// <summary>The leasing keys of a range of keys.</summary>
    public KeyRange Of(KeyRange range)
    {
        // Beyond the namespace there is nothing that its keys' range could end with but the end of the namespace itself.
        ByteString end = range.IsSingle || _space.Holds(range.End) ? range.End : NoEnd;
        return new KeyRange(Of(range.Key), _leasing.AddToEnd(end == NoEnd || end.IsEmpty ? end : _space.Strip(end)));
    }

    /// <summary>The key of a leasing key.</summary>
    public ByteString KeyOf(ByteString leasingKey) => _space.Add(_leasing.Strip(leasingKey));
}
