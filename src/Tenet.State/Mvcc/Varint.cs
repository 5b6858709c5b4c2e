using System.Numerics;

namespace Tenet.State.Mvcc;

/// <summary>Protobuf's base-128 varint.</summary>
internal static class Varint
{
    public static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) / 64;

    public static int Write(Span<byte> target, ulong value)
    {
        int at = 0;
        for (; value >= 0x80; value >>= 7)
            target[at++] = (byte)(value | 0x80);
        target[at++] = (byte)value;
        return at;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70 && (uint)at < (uint)bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }
}
