using System.Buffers;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Calls;

/// <summary>Encodes messages into frames.</summary>
internal static class MessageWriter
{
    /// <summary>A message with its frame, in an array of the shared pool; <paramref name="length"/> bytes of it count.</summary>
    /// <exception cref="CallException">The message is larger than <paramref name="bytesMax"/>.</exception>
    public static byte[] Rent<T>(IMessageCodec<T> codec, T message, int bytesMax, out int length)
    {
        int size = codec.SizeOf(message);
        if (size > bytesMax)
            throw new CallException(StatusCode.ResourceExhausted, $"trying to send message larger than max ({size} vs. {bytesMax})") { NeverSent = true };
        length = MessageFrame.HeaderBytes + size;
        byte[] frame = ArrayPool<byte>.Shared.Rent(length);
        MessageFrame.WriteHeader(frame, compressed: false, size);
        codec.Write(message, frame.AsSpan(MessageFrame.HeaderBytes, size));
        return frame;
    }
}
