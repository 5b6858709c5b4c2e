using System.Buffers.Binary;
using Tenet.Foundation;

namespace Tenet.Bolt.Pages;

/// <summary>The start of a bucket element's value (contract/storage.md, 4.4). Root page 0: the bucket's one leaf follows inline.</summary>
internal readonly record struct BucketHeader(ulong Root, ulong Sequence)
{
    public const int Bytes = 16;

    public static BucketHeader Read(ReadOnlySpan<byte> value, string path, long offset)
    {
        if (value.Length < Bytes)
            throw new CorruptionException(path, offset, $"a bucket header of {Bytes} bytes", $"{value.Length} bytes");
        return new BucketHeader(BinaryPrimitives.ReadUInt64LittleEndian(value), BinaryPrimitives.ReadUInt64LittleEndian(value[8..]));
    }

    public void Write(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value, Root);
        BinaryPrimitives.WriteUInt64LittleEndian(value[8..], Sequence);
    }

    /// <summary>The value of a new, empty bucket: an inline leaf without elements.</summary>
    public static byte[] EmptyBucket()
    {
        byte[] value = new byte[Bytes + PageHeader.Bytes];
        new PageHeader(0, PageFlags.Leaf, 0, 0).Write(value.AsSpan(Bytes));
        return value;
    }
}
