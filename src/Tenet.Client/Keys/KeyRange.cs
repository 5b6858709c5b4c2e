using Google.Protobuf;

namespace Tenet.Client;

/// <summary>One key, or the keys from one to another.</summary>
public readonly record struct KeyRange
{
    private static readonly ByteString Zero = ByteString.CopyFrom(0);

    private KeyRange(ByteString key, ByteString end) => (Key, End) = (key, end);

    /// <summary>Every key.</summary>
    public static KeyRange All { get; } = new(Zero, Zero);

    /// <summary>The first key; etcd's <c>key</c>.</summary>
    internal ByteString Key { get; }

    /// <summary>etcd's <c>range_end</c>: empty for one key, a zero byte for "to the end".</summary>
    internal ByteString End { get; }

    /// <summary>One key.</summary>
    public static KeyRange Single(string key) => new(Bytes.Of(key), ByteString.Empty);

    /// <inheritdoc cref="Single(string)"/>
    public static KeyRange Single(ReadOnlyMemory<byte> key) => new(Bytes.Of(key), ByteString.Empty);

    /// <summary>Every key that begins so.</summary>
    public static KeyRange Prefix(string prefix) => Prefix(Bytes.Of(prefix));

    /// <inheritdoc cref="Prefix(string)"/>
    public static KeyRange Prefix(ReadOnlyMemory<byte> prefix) => Prefix(Bytes.Of(prefix));

    /// <summary>This key and every later one.</summary>
    public static KeyRange From(string key) => new(NotEmpty(Bytes.Of(key)), Zero);

    /// <inheritdoc cref="From(string)"/>
    public static KeyRange From(ReadOnlyMemory<byte> key) => new(NotEmpty(Bytes.Of(key)), Zero);

    /// <summary>From one key to another, which does not belong to it.</summary>
    public static KeyRange Between(string from, string to) => new(NotEmpty(Bytes.Of(from)), NotEmpty(Bytes.Of(to)));

    /// <inheritdoc cref="Between(string, string)"/>
    public static KeyRange Between(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to) => new(NotEmpty(Bytes.Of(from)), NotEmpty(Bytes.Of(to)));

    /// <summary>The rest of this range behind one of its keys.</summary>
    internal KeyRange After(ByteString key)
    {
        byte[] next = new byte[key.Length + 1];
        key.Span.CopyTo(next);
        return new KeyRange(UnsafeByteOperations.UnsafeWrap(next), End);
    }

    internal static KeyRange Prefix(ByteString prefix)
    {
        if (prefix.IsEmpty)
            return All;
        // The first key that does not begin so: the last byte that can grow does.
        int grows = prefix.Span.LastIndexOfAnyExcept((byte)0xff);
        if (grows < 0)
            return new KeyRange(prefix, Zero);
        byte[] end = prefix.Span[..(grows + 1)].ToArray();
        end[grows]++;
        return new KeyRange(prefix, UnsafeByteOperations.UnsafeWrap(end));
    }

    private static ByteString NotEmpty(ByteString key) => key.IsEmpty ? Zero : key;
}
