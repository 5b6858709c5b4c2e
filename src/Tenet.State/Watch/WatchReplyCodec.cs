using System.Buffers;
using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Calls;

namespace Tenet.State.Watch;

/// <summary>
/// Writes a <see cref="WatchReply"/> as the bytes of etcdserverpb.WatchResponse, the same bytes that the generated message would give. An event's
/// pair is copied as it is stored, so a response costs its length in bytes and nothing per field of a pair.
/// </summary>
public sealed class WatchReplyCodec : IMessageCodec<WatchReply>
{
    private const byte Varint = 0;
    private const byte LengthDelimited = 2;

    /// <summary>The one instance; it holds no state.</summary>
    public static WatchReplyCodec Instance { get; } = new();

    /// <summary>Not supported: a member writes watch responses and never reads one.</summary>
    public WatchReply Read(in ReadOnlySequence<byte> bytes) => throw new NotSupportedException("a member only writes watch responses");

    /// <inheritdoc/>
    public int SizeOf(WatchReply message)
    {
        long size = SizeOfPrefix(message);
        foreach (WatchEvent change in message.Events.AsSpan())
            size += change.SizeOf(message.WithPrevious);
        return checked((int)size);
    }

    /// <inheritdoc/>
    public void Write(WatchReply message, Span<byte> output)
    {
        int at = WritePrefix(message, output);
        foreach (WatchEvent change in message.Events.AsSpan())
        {
            change.Write(output[at..], message.WithPrevious);
            at += change.SizeOf(message.WithPrevious);
        }
    }

    /// <inheritdoc/>
    public void Write(WatchReply message, IBufferWriter<byte> output)
    {
        output.Advance(WritePrefix(message, output.GetSpan(SizeOfPrefix(message))));
        foreach (WatchEvent change in message.Events.AsSpan())
        {
            int size = change.SizeOf(message.WithPrevious);
            change.Write(output.GetSpan(size), message.WithPrevious);
            output.Advance(size);
        }
    }

    /// <summary>Writes a base-128 number; returns its length.</summary>
    internal static int WriteVarint(Span<byte> target, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            target[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[at++] = (byte)value;
        return at;
    }

    /// <summary>All of a response but its events.</summary>
    private static int WritePrefix(in WatchReply message, Span<byte> target)
    {
        target[0] = (1 << 3) | LengthDelimited;
        target[1] = (byte)SizeOfHeader(message);
        int at = 2;
        at += WriteField(target[at..], 1, message.ClusterId);
        at += WriteField(target[at..], 2, message.MemberId);
        at += WriteField(target[at..], 3, (ulong)message.Revision);
        at += WriteField(target[at..], 4, message.RaftTerm);
        at += WriteField(target[at..], 2, (ulong)message.WatchId);
        at += WriteField(target[at..], 3, message.Created ? 1u : 0u);
        at += WriteField(target[at..], 4, message.Canceled ? 1u : 0u);
        at += WriteField(target[at..], 5, (ulong)message.CompactRevision);
        if (message.CancelReason is { Length: > 0 } reason)
        {
            target[at++] = (6 << 3) | LengthDelimited;
            at += WriteVarint(target[at..], (ulong)Encoding.UTF8.GetByteCount(reason));
            at += Encoding.UTF8.GetBytes(reason, target[at..]);
        }

        return at + WriteField(target[at..], 7, message.Fragment ? 1u : 0u);
    }

    private static int SizeOfPrefix(in WatchReply message)
    {
        int size = 2 + SizeOfHeader(message) + SizeOfField((ulong)message.WatchId) + SizeOfField((ulong)message.CompactRevision)
            + (message.Created ? 2 : 0) + (message.Canceled ? 2 : 0) + (message.Fragment ? 2 : 0);
        if (message.CancelReason is not { Length: > 0 } reason)
            return size;
        int reasonBytes = Encoding.UTF8.GetByteCount(reason);
        return size + 1 + CodedOutputStream.ComputeLengthSize(reasonBytes) + reasonBytes;
    }

    /// <summary>Four fields of at most 11 bytes, so the header's length is a single byte.</summary>
    private static int SizeOfHeader(in WatchReply message) =>
        SizeOfField(message.ClusterId) + SizeOfField(message.MemberId) + SizeOfField((ulong)message.Revision) + SizeOfField(message.RaftTerm);

    private static int WriteField(Span<byte> target, int number, ulong value)
    {
        if (value == 0)
            return 0;
        target[0] = (byte)((number << 3) | Varint);
        return 1 + WriteVarint(target[1..], value);
    }

    private static int SizeOfField(ulong value) => value == 0 ? 0 : 1 + CodedOutputStream.ComputeUInt64Size(value);
}
