using Google.Protobuf;

namespace Tenet.Client;

/// <summary>Keys and values as messages carry them.</summary>
internal static class Bytes
{
    public static ByteString Of(string text) => ByteString.CopyFromUtf8(text);

    /// <summary>Without a copy: whoever gave the bytes leaves them as they are until the call has completed.</summary>
    public static ByteString Of(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
