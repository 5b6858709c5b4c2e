using System.Buffers.Binary;

namespace Tenet.Bolt.Pages;

/// <summary>The 16 bytes in front of every page (contract/storage.md, 4.1).</summary>
internal readonly record struct PageHeader(ulong Id, ushort Flags, ushort Count, uint Overflow)
{
    public const int Bytes = 16;

    public static PageHeader Read(ReadOnlySpan<byte> page) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(page),
        BinaryPrimitives.ReadUInt16LittleEndian(page[8..]),
        BinaryPrimitives.ReadUInt16LittleEndian(page[10..]),
        BinaryPrimitives.ReadUInt32LittleEndian(page[12..]));

    public void Write(Span<byte> page)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page, Id);
        BinaryPrimitives.WriteUInt16LittleEndian(page[8..], Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(page[10..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], Overflow);
    }
}
