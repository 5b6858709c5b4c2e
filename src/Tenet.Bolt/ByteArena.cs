namespace Tenet.Bolt;

/// <summary>Copies of small byte strings, packed into large arrays that live as long as somebody refers to them.</summary>
internal sealed class ByteArena
{
    private const int ChunkBytes = 64 * 1024;
    private const int LargeBytes = ChunkBytes / 4;

    private byte[] _chunk = [];
    private int _used;

    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LargeBytes)
            return bytes.ToArray();
        if (bytes.Length > _chunk.Length - _used)
        {
            _chunk = GC.AllocateUninitializedArray<byte>(ChunkBytes);
            _used = 0;
        }

        bytes.CopyTo(_chunk.AsSpan(_used));
        ReadOnlyMemory<byte> copy = _chunk.AsMemory(_used, bytes.Length);
        _used += bytes.Length;
        return copy;
    }
}
