using System.Buffers;
using System.IO.Compression;

namespace Tenet.Rpc.Calls;

/// <summary>The one compression that is spoken. Bounded: a small message never grows into more than the limit.</summary>
internal static class Gzip
{
    /// <summary>
    /// Decompresses one message. False if it would exceed <paramref name="bytesMax"/>; throws <see cref="InvalidDataException"/> if it is not gzip.
    /// </summary>
    public static bool TryDecompress(in ReadOnlySequence<byte> compressed, int bytesMax, out byte[] message)
    {
        message = [];
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        using var target = new MemoryStream();
        byte[] piece = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (true)
            {
                int read = gzip.Read(piece);
                if (read == 0)
                    break;
                if (target.Length + read > bytesMax)
                    return false;
                target.Write(piece, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        message = target.ToArray();
        return true;
    }

    public static byte[] Compress(ReadOnlySpan<byte> message)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(message);
        return target.ToArray();
    }
}
