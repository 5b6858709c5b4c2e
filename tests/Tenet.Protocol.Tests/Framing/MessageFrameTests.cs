using System.Buffers;
using Tenet.Protocol.Framing;

namespace Tenet.Protocol.Tests.Framing;

public class MessageFrameTests
{
    private static readonly byte[] Two = Convert.FromHexString("000000000a0a03666f6f1203626172" + "0100000002beef");

    [Fact]
    public void A_frame_is_read_wherever_its_bytes_are_split()
    {
        for (int first = 0; first <= Two.Length; first++)
        {
            for (int second = first; second <= Two.Length; second++)
            {
                ReadOnlySequence<byte> buffer = Sequence(Two[..first], Two[first..second], Two[second..]);
                var frame = MessageFrame.Read(buffer, 100);
                Assert.Equal(FrameState.Complete, frame.State);
                Assert.Equal(0, frame.Flag);
                Assert.Equal("0A03666F6F1203626172", Convert.ToHexString(frame.Payload.ToArray()));

                var next = MessageFrame.Read(buffer.Slice(frame.Payload.End), 100);
                Assert.Equal(FrameState.Complete, next.State);
                Assert.Equal(1, next.Flag);
                Assert.Equal("BEEF", Convert.ToHexString(next.Payload.ToArray()));
            }
        }
    }

    [Fact]
    public void A_frame_that_has_not_all_arrived_says_what_is_missing()
    {
        for (int length = 0; length < 15; length++)
        {
            for (int split = 0; split <= length; split++)
            {
                var frame = MessageFrame.Read(Sequence(Two[..split], Two[split..length]), 100);
                Assert.Equal(length < 5 ? FrameState.NeedsHeader : FrameState.NeedsPayload, frame.State);
            }
        }
    }

    [Theory]
    [InlineData("0000000064", 100, FrameState.NeedsPayload)]
    [InlineData("0000000065", 100, FrameState.TooLarge)]
    [InlineData("00ffffffff", int.MaxValue, FrameState.TooLarge)]
    [InlineData("007fffffff", int.MaxValue, FrameState.NeedsPayload)]
    public void The_limit_is_judged_by_the_header_alone(string header, int bytesMax, FrameState expected)
    {
        var frame = MessageFrame.Read(new ReadOnlySequence<byte>(Convert.FromHexString(header)), bytesMax);
        Assert.Equal(expected, frame.State);
    }

    [Fact]
    public void An_empty_message_is_a_frame()
    {
        var frame = MessageFrame.Read(new ReadOnlySequence<byte>(new byte[5]), 0);
        Assert.Equal(FrameState.Complete, frame.State);
        Assert.True(frame.Payload.IsEmpty);
    }

    [Fact]
    public void A_header_is_flag_and_big_endian_length()
    {
        byte[] header = new byte[5];
        MessageFrame.WriteHeader(header, compressed: true, 0x01020304);
        Assert.Equal("0101020304", Convert.ToHexString(header));
        MessageFrame.WriteHeader(header, compressed: false, 28);
        Assert.Equal("000000001C", Convert.ToHexString(header));
    }

    private static ReadOnlySequence<byte> Sequence(params byte[][] parts)
    {
        var first = new Part(parts[0], 0);
        Part last = first;
        foreach (byte[] part in parts[1..])
            last = last.Append(part);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public Part Append(byte[] bytes)
        {
            var next = new Part(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
