using System.Buffers.Binary;
using System.Numerics;

namespace Tenet.Foundation.Checksums;

/// <summary>CRC-32C (Castagnoli), as the write-ahead log, snapshot files and store hashes use it (contract/storage.md, conventions).</summary>
public static class Crc32C
{
    /// <summary>Continues a finished checksum: <c>Update(Update(0, A), B)</c> is the checksum of A followed by B.</summary>
    public static uint Update(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint state = ~checksum;
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            state = BitOperations.Crc32C(state, value);
        return ~state;
    }

    /// <summary>The checksum of these bytes alone.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Update(0, bytes);
}
