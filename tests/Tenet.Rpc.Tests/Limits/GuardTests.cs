using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Tenet.Foundation.Randomness;
using Tenet.Rpc.Guarding;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Limits;

/// <summary>The guard of a connection without a server behind it.</summary>
public class GuardTests
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    [Fact]
    public void Frames_are_found_however_the_bytes_are_cut()
    {
        byte[] bytes =
        [
            .. Preface,
            .. RawConnection.FrameBytes(RawConnection.Settings, 0, 0, []),
            .. RawConnection.FrameBytes(RawConnection.Headers, 4, 1, new byte[40]),
            .. RawConnection.FrameBytes(RawConnection.Ping, 1, 0, new byte[8]),
            .. RawConnection.FrameBytes(RawConnection.Data, 0, 1, new byte[10_000]),
            .. RawConnection.FrameBytes(RawConnection.Headers, 5, 1, new byte[3]),
            .. RawConnection.FrameBytes(RawConnection.Headers, 4, 9, new byte[3]),
            .. Enumerable.Range(0, 4).SelectMany(static _ => RawConnection.FrameBytes(RawConnection.Ping, 0, 0, new byte[8])),
        ];
        byte[] beyond = [.. bytes, .. RawConnection.FrameBytes(RawConnection.Headers, 4, 11, new byte[30])];
        SeededRandom random = new(1);
        for (int round = 0; round < 200; round++)
        {
            CallerConduct conduct = new(new PingPolicy(TimeSpan.FromHours(1)));
            long seen = 0;
            for (int at = 0; at < beyond.Length && !conduct.IsDismissed;)
            {
                int count = Math.Min(1 + random.Next(round == 0 ? 1 : 3000), beyond.Length - at);
                int split = random.Next(count + 1);
                seen += conduct.Look(Pieces(beyond.AsMemory(at, split), beyond.AsMemory(at + split, count - split)));
                at += count;
            }

            Assert.True(conduct.IsDismissed);
            Assert.Equal(bytes.Length, seen);
            Assert.Equal((9, 2), (conduct.LastStream, conduct.Waiting));
        }
    }

    [Theory]
    [InlineData(4000, false)]
    [InlineData(17, true)]
    public async Task Pings_that_measure_the_way_of_a_long_answer_are_forgiven(int bytesBetweenPings, bool dismissed)
    {
        Pipe network = new(new PipeOptions(pauseWriterThreshold: 0));
        Pipe answers = new(new PipeOptions(pauseWriterThreshold: 0));
        DefaultConnectionContext connection = new() { Transport = new Ends(network.Reader, answers.Writer) };
        GuardedTransport.Attach(connection, new PingPolicy(TimeSpan.FromHours(1)));
        CallerConduct conduct = connection.Features.Get<CallerConduct>()!;
        network.Writer.Write(Preface);
        for (int i = 0; i < 6 && !conduct.IsDismissed; i++)
        {
            await network.Writer.WriteAsync(RawConnection.FrameBytes(RawConnection.Ping, 0, 0, new byte[8]));
            ReadResult read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.WriteAsync(new byte[bytesBetweenPings]);
        }

        Assert.Equal(dismissed, conduct.IsDismissed);
    }

    [Fact]
    public async Task Calls_that_cannot_begin_hold_back_those_that_follow_on_their_connection()
    {
        Pipe network = new(new PipeOptions(pauseWriterThreshold: 0));
        DefaultConnectionContext connection = new() { Transport = new Ends(network.Reader, new Pipe().Writer) };
        GuardedTransport.Attach(connection, null);
        CallerConduct conduct = connection.Features.Get<CallerConduct>()!;
        network.Writer.Write(Preface);
        for (int i = 0; i < 5000; i++)
        {
            network.Writer.Write(RawConnection.FrameBytes(RawConnection.Headers, 4, 2 * i + 1, new byte[50]));
            network.Writer.Write(RawConnection.FrameBytes(RawConnection.Reset, 0, 2 * i + 1, new byte[4]));
        }

        // All of it lies there to be read at once.
        await network.Writer.CompleteAsync();
        Task<int> reading = ReadAllAsync(connection.Transport.Input, conduct, out Func<int> largest);
        // As fast as they are let in, each begins a little later.
        while (!reading.IsCompleted)
        {
            if (conduct.Waiting > 0)
                conduct.CallBegins();
            else
                await Task.Yield();
        }

        Assert.Equal(24 + 5000 * (59 + 13), await reading);
        Assert.InRange(largest(), 1, CallerConduct.WaitingMax + 1);
    }

    [Fact]
    public async Task Calls_that_will_never_begin_are_waited_for_no_longer_than_a_moment()
    {
        Pipe network = new(new PipeOptions(pauseWriterThreshold: 0));
        DefaultConnectionContext connection = new() { Transport = new Ends(network.Reader, new Pipe().Writer) };
        GuardedTransport.Attach(connection, null);
        network.Writer.Write(Preface);
        for (int i = 0; i < 2000; i++)
            network.Writer.Write(RawConnection.FrameBytes(RawConnection.Headers, 4, 2 * i + 1, []));
        await network.Writer.FlushAsync();
        PipeReader input = connection.Transport.Input;
        ReadResult read = await input.ReadAsync();
        input.AdvanceTo(read.Buffer.End);
        await network.Writer.WriteAsync(new byte[] { 7 });
        read = await input.ReadAsync().AsTask().WaitAsync(TestServer.Patience);
        Assert.Equal((2000 - (CallerConduct.WaitingMax + 1)) * 9 + 1, read.Buffer.Length);
    }

    private static Task<int> ReadAllAsync(PipeReader input, CallerConduct conduct, out Func<int> largest)
    {
        int most = 0;
        largest = () => most;
        return ReadAsync();

        async Task<int> ReadAsync()
        {
            int bytes = 0;
            while (true)
            {
                ReadResult read = await input.ReadAsync();
                // Taken in pieces, as Kestrel does; the pieces left are not counted again.
                ReadOnlySequence<byte> piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, 3600));
                bytes += (int)piece.Length;
                most = Math.Max(most, conduct.Waiting);
                input.AdvanceTo(piece.End);
                if (read.IsCompleted && piece.Length == read.Buffer.Length)
                    return bytes;
            }
        }
    }

    private static ReadOnlySequence<byte> Pieces(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        Segment head = new(first, 0);
        Segment tail = new(second, first.Length);
        head.Link(tail);
        return new ReadOnlySequence<byte>(head, 0, tail, second.Length);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public void Link(Segment next) => Next = next;
    }
}
