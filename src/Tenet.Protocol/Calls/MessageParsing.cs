using System.Buffers;
using Google.Protobuf;

namespace Tenet.Protocol.Calls;

/// <summary>
/// Parsing of bytes that somebody else wrote. The generated code's reader adds a length to its position without looking whether the sum still fits, so that a
/// length of nearly 2 GiB makes it run out of its buffer instead of refusing; here that is a refusal like any other.
/// </summary>
public static class MessageParsing
{
    private static readonly byte[] TruncatedMessage = [0x0a, 1];

    /// <summary>Parses a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are none.</exception>
    public static T ParseChecked<T>(this MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (Exception failure) when (IsOutOfBounds(failure))
        {
            throw Truncated(parser);
        }
    }

    /// <summary>Parses a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are none.</exception>
    public static T ParseChecked<T>(this MessageParser<T> parser, in ReadOnlySequence<byte> bytes)
        where T : IMessage<T>
    {
        if (bytes.IsSingleSegment)
            return parser.ParseChecked(bytes.FirstSpan);
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (Exception failure) when (IsOutOfBounds(failure))
        {
            throw Truncated(parser);
        }
    }

    private static bool IsOutOfBounds(Exception failure) => failure is IndexOutOfRangeException or ArgumentException or OverflowException;

    /// <summary>The exception can only be made by the parser itself: a field that announces more than there is.</summary>
    private static InvalidProtocolBufferException Truncated<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            parser.ParseFrom(TruncatedMessage);
        }
        catch (InvalidProtocolBufferException truncated)
        {
            return truncated;
        }

        throw new InvalidOperationException("a truncated message was parsed");
    }
}
